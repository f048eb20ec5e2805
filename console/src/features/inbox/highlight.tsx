import type { SearchHighlight } from "@generated/api";
import { Fragment } from "react";

export interface Part {
  start: number;
  text: string;
  isMatch: boolean;
}

/**
 * Divide a snippet at its matches. Positions are counted in UTF-16 code units, as in JavaScript.
 */
export function partsOf(snippet: string, highlights: readonly SearchHighlight[]): Part[] {
  const parts: Part[] = [];
  let at = 0;
  const add = (end: number, isMatch: boolean) => {
    if (end > at) parts.push({ start: at, text: snippet.slice(at, end), isMatch });
    at = Math.max(at, end);
  };
  for (const { start, length } of highlights) {
    add(start, false);
    add(start + length, true);
  }
  add(snippet.length, false);
  return parts;
}

/** A snippet of a message, with its matches marked. */
export function Highlighted(props: { snippet: string; highlights: readonly SearchHighlight[] }) {
  return partsOf(props.snippet, props.highlights).map(({ start, text, isMatch }) =>
    isMatch ? <mark key={start}>{text}</mark> : <Fragment key={start}>{text}</Fragment>,
  );
}
