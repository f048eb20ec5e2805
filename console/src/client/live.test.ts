import { expect, test } from "vitest";
import { isStaleBy } from "./live";

test("a hint makes the reads of its topic stale, and no others", () => {
  expect(isStaleBy("campaign", ["get", "/api/campaigns/{id}/metrics", {}])).toBe(true);
  expect(isStaleBy("campaign", ["get", "/api/dashboard", {}])).toBe(true);
  expect(isStaleBy("campaign", ["get", "/api/contacts", {}])).toBe(false);
});

test("a quote is not asked for again by a hint", () => {
  expect(isStaleBy("campaign", ["post", "/api/campaigns/{id}/quote", {}])).toBe(false);
});

test("a topic that this page does not know makes nothing stale", () => {
  expect(isStaleBy("of_a_newer_server", ["get", "/api/campaigns", {}])).toBe(false);
});
