/** The longest reference of a message, in characters. */
export const LONGEST_REFERENCE = 255;

/**
 * Return a URL parameter as text, or undefined if it is missing or empty. The router reads a search
 * for digits as a number.
 */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
