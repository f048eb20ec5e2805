import { expect, test } from "vitest";
import { waitBefore } from "./query-client";

test("an answer that says when to come back is obeyed", () => {
  const wait = waitBefore(0, 7);
  expect(wait).toBeGreaterThanOrEqual(7_000);
  expect(wait).toBeLessThan(7_500);
});

test("else the waits grow, with a ceiling", () => {
  expect(waitBefore(2, null)).toBeGreaterThanOrEqual(4_000);
  expect(waitBefore(20, null)).toBeLessThanOrEqual(30_250);
});
