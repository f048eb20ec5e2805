/** A phone number that was typed or pasted, and its line, from 1. */
export interface PastedNumber {
  line: number;
  number: string;
}

/** The reason why a number gets no text, with the number's line. */
export interface LineRefusal {
  line: number | null;
  to: string;
  message: string;
}

const SEPARATORS = /[,;\t]+/;
/** The most numbers that an order can have. */
export const MOST_NUMBERS = 1_000;

/** Return the numbers that were typed or pasted, one for each line, comma, semicolon or tab. */
export function pastedNumbers(text: string): PastedNumber[] {
  return text.split("\n").flatMap((words, index) =>
    words
      .split(SEPARATORS)
      .map((number) => number.trim())
      .filter((number) => number !== "")
      .map((number) => ({ line: index + 1, number })),
  );
}

/** Return only the numbers of a typed or pasted text. */
export function numbersIn(text: string): string[] {
  return pastedNumbers(text).map(({ number }) => number);
}

/** Find the lines of refused numbers. If a number is there twice, the later one is refused. */
export function refusedLines(
  text: string,
  refusals: readonly { to: string; message: string }[],
): LineRefusal[] {
  const left = pastedNumbers(text);
  return refusals.map(({ to, message }) => {
    const at = left.findLastIndex(({ number }) => number === to);
    const found = at === -1 ? null : (left.splice(at, 1)[0] ?? null);
    return { line: found?.line ?? null, to, message };
  });
}

/** Return the numbers that are not refused, each on a line of its own. */
export function withoutRefused(text: string, refusals: readonly { to: string }[]): string {
  const left = pastedNumbers(text);
  for (const { to } of refusals) {
    const at = left.findLastIndex(({ number }) => number === to);
    if (at !== -1) left.splice(at, 1);
  }
  return left.map(({ number }) => number).join("\n");
}
