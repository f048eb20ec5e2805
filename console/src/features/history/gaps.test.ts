import { expect, test } from "vitest";
import { gapBetween } from "./gaps";

const START = new Date("2026-11-30T09:00:00Z");
const after = (seconds: number) => gapBetween(START, new Date(START.getTime() + seconds * 1000));

test("the time between two moments is shown in its largest unit", () => {
  expect([0.2, 1, 59, 60, 7_300, 90_000].map(after)).toEqual([
    "at once",
    "1 second later",
    "59 seconds later",
    "1 minute later",
    "2 hours later",
    "1 day later",
  ]);
});
