import type { BatchResult } from "@generated/api";
import { expect, test } from "vitest";
import { positionOf, quotedRows, resultRows, rowsToCorrect } from "./text-rows";

const PEOPLE = [2, 4, 5, 7].map((row) => ({ row, recipient: { to: `+1415555010${row}` } }));
const LEFT_OUT = [{ row: 3, to: "", message: "There is no phone number in this row." }];

test("a quote says for each row of the table what the person would get", () => {
  const rows = quotedRows(PEOPLE, LEFT_OUT, {
    texts: [
      { recipient: 0, message: "Hi Ann", segments: 1, priceCents: 1 },
      { recipient: 3, message: "Hi Bo", segments: 2, priceCents: 2 },
    ],
    refusals: [
      {
        to: "a",
        code: "missing_variables",
        message: "Missing.",
        field: "recipients[1].variables.x",
      },
      { to: "b", code: "duplicate", message: "Twice.", field: "recipients[2].to" },
    ],
  });
  expect(rows.map(({ row, state, words }) => [row, state, words])).toEqual([
    [2, "text", "Hi Ann"],
    [3, "refused", "There is no phone number in this row."],
    [4, "refused", "The value of {{x}} is missing."],
    [5, "duplicate", "Twice."],
    [7, "text", "Hi Bo"],
  ]);
  expect(rows[4]).toMatchObject({ to: "+14155550107", segments: 2, priceCents: 2 });
});

test("results are shown by the rows of the table, and only refused people are corrected", () => {
  const result = (parts: Partial<BatchResult>) =>
    ({
      to: "+1",
      segments: null,
      priceCents: null,
      messageId: null,
      duplicateOf: null,
      message: null,
      ...parts,
    }) as BatchResult;
  const rows = resultRows([2, 4, 5, 7], LEFT_OUT, [
    result({ status: "accepted", messageId: "m1", segments: 1, priceCents: 1 }),
    result({ status: "refused", message: "Opted out." }),
    result({ status: "duplicate", message: "Twice.", duplicateOf: 0 }),
    result({ status: "scheduled", segments: 1, priceCents: 1 }),
  ]);
  expect(rows.map(({ row, state, words }) => [row, state, words])).toEqual([
    [2, "accepted", ""],
    [3, "refused", "There is no phone number in this row."],
    [4, "refused", "Opted out."],
    [5, "duplicate", "The same number as in row 2."],
    [7, "scheduled", ""],
  ]);
  expect([...rowsToCorrect(rows)]).toEqual([3, 4]);
});

test("a field of the request tells which recipient it is about", () => {
  expect(positionOf("recipients[12].variables.name")).toBe(12);
  expect([positionOf("message"), positionOf(null)]).toEqual([-1, -1]);
});
