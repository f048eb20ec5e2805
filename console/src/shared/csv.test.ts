import { expect, test } from "vitest";
import { csvOf } from "./csv";

test("a cell with a comma is put in quotation marks, and a formula gets an apostrophe before it", () => {
  const csv = csvOf(
    ["Day", "Sent"],
    [
      ['a,"b"', 3],
      ["=1+1", -2],
    ],
  );
  expect(csv).toBe('Day,Sent\r\n"a,""b""",3\r\n\'=1+1,-2\r\n');
});
