import { expect, test } from "vitest";
import { pollingOf } from "./polling";

const delivered = { items: [{ status: "delivered" as const, attempts: 1 }] };
const retrying = { items: [{ status: "pending" as const, attempts: 3 }] };
const isNew = { items: [{ status: "pending" as const, attempts: 0 }] };

test("the newest deliveries are always asked for again", () => {
  expect(pollingOf([delivered])).toBe(5_000);
});

test("older pages are asked for again only while a delivery waits for its first call", () => {
  expect(pollingOf([delivered, delivered])).toBe(false);
  expect(pollingOf([delivered, retrying])).toBe(false);
  expect(pollingOf([isNew, delivered])).toBe(5_000);
});
