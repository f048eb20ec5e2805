import { expect, test } from "vitest";
import { suggested } from "./columns";
import { onlyRows, peopleOf } from "./people";
import { tableOf } from "./table";

const TEXT = "Phone,Name,Order,Ref\n4155550100,Ann,7,a\n,Bo,8,b\n4155550102,,9,\n";
const TABLE = tableOf(TEXT);
const MAPPING = suggested(TABLE);

test("each row is a recipient with the values of the text's placeholders", () => {
  const { people, leftOut } = peopleOf(TABLE, MAPPING, {
    message: "Hi {{name}}",
    allowEmpty: false,
  });
  expect(people).toEqual([
    { row: 2, recipient: { to: "4155550100", variables: { name: "Ann" }, reference: "a" } },
    { row: 4, recipient: { to: "4155550102", variables: {} } },
  ]);
  expect(leftOut).toEqual([{ row: 3, to: "", message: "There is no phone number in this row." }]);
});

test("an empty cell is an empty value only if that is wanted", () => {
  const { people } = peopleOf(TABLE, MAPPING, { message: "{{ name }}", allowEmpty: true });
  expect(people[1]?.recipient.variables).toEqual({ name: "" });
});

test("a row that would make the API refuse all others is left out", () => {
  const table = tableOf(
    `Phone,Name,Ref\n4155550100,${"x".repeat(1601)},a\n4155550101,B,${"r".repeat(256)}`,
  );
  const { people, leftOut } = peopleOf(table, suggested(table), {
    message: "{{name}}",
    allowEmpty: false,
  });
  expect(people).toEqual([]);
  expect(leftOut.map(({ row }) => row)).toEqual([2, 3]);
});

test("without a column of phone numbers there are no recipients", () => {
  expect(peopleOf(TABLE, {}, { message: "Hi", allowEmpty: false })).toEqual({
    people: [],
    leftOut: [],
  });
});

test("the rows of people who got no text stay in the table", () => {
  expect(onlyRows(TABLE, new Set([3])).rows.map(({ cells }) => cells[1])).toEqual(["Bo"]);
});
