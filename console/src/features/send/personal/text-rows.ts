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
const VARIABLE = /\.variables\.(.+)$/;
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
  const refused = refusals.flatMap((refusal) => {
    const { to, code, field } = refusal;
    const person = people[positionOf(field)];
    const state = code === "duplicate" ? ("duplicate" as const) : ("refused" as const);
    const words = reasonOf(refusal);
    return person === undefined ? [] : [{ ...NOTHING, row: person.row, to, state, words }];
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

function wordsOf(result: BatchResult, rows: readonly number[]): string {
  const first = result.duplicateOf === null ? undefined : rows[result.duplicateOf];
  return first === undefined ? reasonOf(result) : `The same number as in row ${first}.`;
}

/** Return the reason in words for somebody who fills a table, and not a request of the API. */
function reasonOf({
  code,
  message,
  field,
}: Pick<BatchResult, "code" | "message" | "field">): string {
  const missing = code === "missing_variables" ? VARIABLE.exec(field ?? "")?.[1] : undefined;
  return missing === undefined ? (message ?? "") : `The value of {{${missing}}} is missing.`;
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
