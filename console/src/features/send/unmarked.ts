import type { Quote } from "@generated/api";
import type { Counting } from "@/shared/message-box/message-box";

/**
 * Return the counting of a text, without the positions of the characters that need Unicode. In a
 * filled text they are others than in the text box.
 */
export function unmarked(quote: Quote | undefined): Counting | undefined {
  const forcing = quote?.forcingCharacters.map((found) => ({ ...found, positions: [] }));
  return quote && { ...quote, forcingCharacters: forcing ?? [] };
}
