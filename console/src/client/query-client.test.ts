import { expect, test } from "vitest";
import { waitBefore } from "./query-client";

test("the next attempt waits as long as the server's answer says", () => {
  const wait = waitBefore(0, 7);
  expect(wait).toBeGreaterThanOrEqual(7_000);
  expect(wait).toBeLessThan(7_500);
});

test("without a time in the answer, the waits grow up to a limit", () => {
  expect(waitBefore(2, null)).toBeGreaterThanOrEqual(4_000);
  expect(waitBefore(20, null)).toBeLessThanOrEqual(30_250);
});
