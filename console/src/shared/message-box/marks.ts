/** A stretch of a text that is marked or not. */
export interface Stretch {
  /** Index of its first code point. */
  start: number;
  text: string;
  isMarked: boolean;
}

/**
 * Divide a text into stretches that are marked and not. Positions count code points, as the API
 * counts them: an emoji is one, although JavaScript counts it as two.
 */
export function stretches(text: string, positions: ReadonlySet<number>): Stretch[] {
  const found: Stretch[] = [];
  Array.from(text).forEach((character, index) => {
    const isMarked = positions.has(index);
    const last = found.at(-1);
    if (last && last.isMarked === isMarked) last.text += character;
    else found.push({ start: index, text: character, isMarked });
  });
  return found;
}
