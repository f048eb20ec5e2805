import { expect, test } from "vitest";
import { isStaleBy } from "./live";

test("a hint makes only the queries of its topic stale", () => {
  expect(isStaleBy("campaign", ["get", "/api/campaigns/{id}/metrics", {}])).toBe(true);
  expect(isStaleBy("campaign", ["get", "/api/dashboard", {}])).toBe(true);
  expect(isStaleBy("campaign", ["get", "/api/contacts", {}])).toBe(false);
});

test("a hint does not make a quote stale", () => {
  expect(isStaleBy("campaign", ["post", "/api/campaigns/{id}/quote", {}])).toBe(false);
});

test("a hint with an unknown topic makes nothing stale", () => {
  expect(isStaleBy("of_a_newer_server", ["get", "/api/campaigns", {}])).toBe(false);
});
