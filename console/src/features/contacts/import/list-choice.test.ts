import { expect, test } from "vitest";
import { isComplete, newListFor } from "./list-choice";

test("a new list gets the name of the file", () => {
  expect(newListFor("gala_guests-2026.csv")).toEqual({ newName: "gala guests 2026" });
  expect(newListFor(".csv")).toEqual({ newName: ".csv" });
});

test("a new list needs a name, and an import without a list needs no name", () => {
  expect(isComplete({ newName: " " })).toBe(false);
  expect(isComplete(null)).toBe(true);
});
