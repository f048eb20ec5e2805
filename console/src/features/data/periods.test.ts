import { expect, test } from "vitest";
import { choicesWith, wordsFor } from "./periods";

test("a number of days that was set by the API is among the choices, in its place", () => {
  const labels = choicesWith(100).map(({ label }) => label);
  expect(labels.slice(0, 4)).toEqual(["For ever", "90 days", "100 days", "180 days"]);
  expect(choicesWith(90)).toEqual(choicesWith(null));
});

test("years are called years, and other numbers days", () => {
  expect([null, 365, 730, 400].map(wordsFor)).toEqual([
    "For ever",
    "1 year",
    "2 years",
    "400 days",
  ]);
});
