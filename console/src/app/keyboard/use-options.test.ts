import { expect, test } from "vitest";
import { matches } from "./use-options";

test("a screen is found by the beginnings of its words", () => {
  expect(matches("Platform audit", "aud")).toBe(true);
  expect(matches("Platform audit", "aud plat")).toBe(true);
  expect(matches("Platform audit", "dit")).toBe(false);
  expect(matches("Dashboard", "")).toBe(true);
});
