/**
 * Return a text with words in the place of a selection, and the position of the cursor after them.
 */
export function inserted(value: string, words: string, start: number, end: number) {
  return {
    value: value.slice(0, start) + words + value.slice(end),
    cursor: start + words.length,
  };
}
