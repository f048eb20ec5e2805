import { expect, test } from "vitest";
import { waitBefore } from "./query-client";

test("the wait is as long as the answer says", () => {
  const wait = waitBefore(0, 7);
  expect(wait).toBeGreaterThanOrEqual(7_000);
  expect(wait).toBeLessThan(7_500);
});

test("without such an answer the waits grow up to a limit", () => {
  expect(waitBefore(2, null)).toBeGreaterThanOrEqual(4_000);
  expect(waitBefore(20, null)).toBeLessThanOrEqual(30_250);
});
