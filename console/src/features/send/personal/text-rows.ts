/** What each person of a batch gets: before it is sent by its quote, and then by its results. */
import type { BatchResult, Quote } from "@generated/api";
import type { LeftOut, Person } from "./people";

/** A person of the table, and the text or the reason why there is none. */
export interface TextRow {
  row: number;
  to: string;
  state: "text" | "refused" | "accepted" | "scheduled" | "duplicate";
  /** The text, or the reason why there is none. */
  words: string;
  segments: number | null;
  priceCents: number | null;
  messageId: string | null;
}

const NOTHING = { segments: null, priceCents: null, messageId: null };
const RECIPIENT = /^recipients\[(\d+)\]/;

/** Return what each person would get, in the order of the table. */
export function quotedRows(
  people: readonly Person[],
  leftOut: readonly LeftOut[],
  { texts, refusals }: Pick<Quote, "texts" | "refusals">,
): TextRow[] {
  const priced = texts.flatMap(({ recipient, message, segments, priceCents }) => {
    const person = people[recipient];
    if (person === undefined) return [];
    const { row, recipient: of } = person;
    return [
      {
        ...NOTHING,
        row,
        to: of.to ?? "",
        state: "text" as const,
        words: message,
        segments,
        priceCents,
      },
    ];
  });
  const refused = refusals.flatMap(({ to, code, message, field }) => {
    const person = people[positionOf(field)];
    const state = code === "duplicate" ? ("duplicate" as const) : ("refused" as const);
    return person === undefined ? [] : [{ ...NOTHING, row: person.row, to, state, words: message }];
  });
  return sorted([...priced, ...refused, ...withoutText(leftOut)]);
}

/** Return what became of each person. `rows` are the rows of the recipients of the request. */
export function resultRows(
  rows: readonly number[],
  leftOut: readonly LeftOut[],
  results: readonly BatchResult[],
): TextRow[] {
  const known = results.map((result, at) => ({
    row: rows[at] ?? 0,
    to: result.to ?? "",
    state: stateOf(result),
    words: wordsOf(result, rows),
    segments: result.segments,
    priceCents: result.priceCents,
    messageId: result.messageId,
  }));
  return sorted([...known, ...withoutText(leftOut)]);
}

/** Return the position of the recipient that a field of the request is about, or -1. */
export function positionOf(field: string | null): number {
  return Number(RECIPIENT.exec(field ?? "")?.[1] ?? -1);
}

/** Return the rows of the people who got no text and may get one after a correction. */
export function rowsToCorrect(rows: readonly TextRow[]): Set<number> {
  return new Set(rows.filter(({ state }) => state === "refused").map(({ row }) => row));
}

function stateOf({ status }: BatchResult): TextRow["state"] {
  const known = ["accepted", "scheduled", "duplicate"] as const;
  return known.find((state) => state === status) ?? "refused";
}

function wordsOf({ message, duplicateOf }: BatchResult, rows: readonly number[]): string {
  const first = duplicateOf === null ? undefined : rows[duplicateOf];
  return first === undefined ? (message ?? "") : `The same number as in row ${first}.`;
}

function withoutText(leftOut: readonly LeftOut[]): TextRow[] {
  return leftOut.map(({ row, to, message }) => ({
    ...NOTHING,
    row,
    to,
    state: "refused",
    words: message,
  }));
}

const sorted = (rows: TextRow[]) => rows.sort((one, other) => one.row - other.row);
