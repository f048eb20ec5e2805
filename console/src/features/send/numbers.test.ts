import { expect, test } from "vitest";
import { numbersIn, refusedLines, withoutRefused } from "./numbers";

test("numbers are separated by lines, commas, semicolons or tabs", () => {
  expect(numbersIn("+1 415 555 0100\n\n+1 415 555 0101; 0102,0103\t0104")).toEqual([
    "+1 415 555 0100",
    "+1 415 555 0101",
    "0102",
    "0103",
    "0104",
  ]);
});

test("a refused number is shown with its line, and a duplicate with the line of the second one", () => {
  const refusals = [
    { to: "12", message: "too short" },
    { to: "+14155550100", message: "twice" },
  ];
  expect(refusedLines("+14155550100\n12\n+14155550100", refusals)).toEqual([
    { line: 2, to: "12", message: "too short" },
    { line: 3, to: "+14155550100", message: "twice" },
  ]);
});

test("refused numbers are removed, and of a refused duplicate one copy stays", () => {
  const refusals = [{ to: "12" }, { to: "+14155550100" }];
  expect(withoutRefused("+14155550100\n12, +14155550100", refusals)).toBe("+14155550100");
});
