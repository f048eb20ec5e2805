import { expect, test } from "vitest";
import { choicesOf } from "./sender-choice";

const OWN = ["+14155550100", "+14155550101"];

test("a number that was chosen earlier and is gone is still shown, and named as such", () => {
  expect(choicesOf(OWN, "+14155550101", true)).toHaveLength(2);
  expect(choicesOf(OWN, "", true)).toHaveLength(2);
  expect(choicesOf(OWN, "+14155550199", true).at(-1)).toEqual({
    value: "+14155550199",
    label: "+1 415 555 0199 (can't be used any more)",
  });
});

test("while the numbers are not known, nothing is said about the chosen one", () => {
  expect(choicesOf([], "+14155550101", false)).toEqual([
    { value: "+14155550101", label: "+1 415 555 0101" },
  ]);
});
