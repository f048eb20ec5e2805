import { expect, test } from "vitest";
import { Problem } from "@/client/problem";
import { attemptOf, isRefusal } from "./attempt";

test("an order that got no answer is sent again with the same price", () => {
  const before = { message: "Hello", numbers: ["+14155550101"], priceVersion: "old prices" };
  const kept: unknown = JSON.parse(JSON.stringify(before));
  expect(attemptOf({ ...before, priceVersion: "new prices" }, kept)).toEqual(before);
  const another = { ...before, message: "Goodbye", priceVersion: "new prices" };
  expect(attemptOf(another, kept)).toBe(another);
});

test.each([
  [402, "insufficient_balance", true],
  [409, "price_changed", true],
  [409, "idempotency_in_progress", false],
  [429, "rate_limited", false],
  [503, "unavailable", false],
  [0, "no_answer", false],
])("after %i %s it is known that nothing was sent: %s", (status, code, isKnown) => {
  expect(isRefusal(new Problem({ status, code, detail: "" }))).toBe(isKnown);
});
