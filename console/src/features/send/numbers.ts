const SEPARATORS = /[\n,;]+/;

/** Return the numbers that were typed or pasted, one for each line, comma or semicolon. */
export function numbersIn(text: string): string[] {
  return text
    .split(SEPARATORS)
    .map((number) => number.trim())
    .filter((number) => number !== "");
}
