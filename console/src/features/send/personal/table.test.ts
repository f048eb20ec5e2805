import { expect, test } from "vitest";
import { isPhoneLike, tableOf, textOf } from "./table";

test("cells pasted from a spreadsheet are separated by tabs, and rows keep their numbers", () => {
  const table = tableOf("Phone\tName\n+1 415 555 0100\tAnn\n\n+1 415 555 0101\tBo, junior\n");
  expect(table.headers).toEqual(["Phone", "Name"]);
  expect(table.rows).toEqual([
    { row: 2, cells: ["+1 415 555 0100", "Ann"] },
    { row: 4, cells: ["+1 415 555 0101", "Bo, junior"] },
  ]);
});

test.each([
  [";", "Phone;Note\r\n4155550100;Hello, you"],
  [",", 'Phone,Note\n4155550100,"Hello, you"'],
  ["|", "Phone|Note\n4155550100|Hello, you"],
])("the separator %j is found", (_, text) => {
  expect(tableOf(text).rows[0]?.cells).toEqual(["4155550100", "Hello, you"]);
});

test("a cell in quotes can have quotes, separators and line breaks", () => {
  const [row] = tableOf('Phone,Note\n4155550100,"She said ""hi"",\nthen left"').rows;
  expect(row?.cells[1]).toBe('She said "hi",\nthen left');
});

test("a quote that is never closed stays in its line", () => {
  const { rows } = tableOf('Phone,Note\n4155550100,"5\n4155550101,6" wide');
  expect(rows.map(({ cells }) => cells[1])).toEqual(['"5', '6" wide']);
});

test("a table whose first row has a phone number has no names of columns", () => {
  const table = tableOf("+14155550100,Ann\n+14155550101,Bo,7");
  expect(table.headers).toEqual(["Column 1", "Column 2", "Column 3"]);
  expect(table.rows.map(({ row }) => row)).toEqual([1, 2]);
});

test("columns with the same name or none are told apart", () => {
  expect(tableOf("Name,,Name\nx,y,z").headers).toEqual(["Name", "Column 2", "Name 2"]);
});

test("nothing is an empty table", () => {
  expect(tableOf(" \n\n")).toEqual({ headers: [], rows: [] });
});

test("the text of a table has the same rows", () => {
  const table = tableOf('Phone,Note\n4155550100,"a\t""b""\nc"\n4155550101,');
  expect(tableOf(textOf(table)).headers).toEqual(table.headers);
  expect(tableOf(textOf(table)).rows.map(({ cells }) => cells)).toEqual(
    table.rows.map(({ cells }) => cells),
  );
});

test("an order number is not taken for a phone number", () => {
  expect(["1042", "2026-11", "Ann", "12/24"].filter(isPhoneLike)).toEqual([]);
  expect(["+1 (415) 555-0100", "4155550100"].filter(isPhoneLike)).toHaveLength(2);
});
