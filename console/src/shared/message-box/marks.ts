/** A part of a text in which all characters are marked, or none is. */
export interface Stretch {
  /** Index of its first code point. */
  start: number;
  text: string;
  isMarked: boolean;
}

/**
 * Divide a text into parts that are marked and parts that are not. Positions are counted in code
 * points, as in the API: an emoji counts as one, although JavaScript counts it as two.
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
