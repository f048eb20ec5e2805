import { expect, test } from "vitest";
import { dayName } from "./days";

const now = new Date(2026, 10, 30, 9);

test("today and yesterday have names", () => {
  expect(dayName(new Date(2026, 10, 30, 0, 1), now)).toBe("Today");
  expect(dayName(new Date(2026, 10, 29, 23, 59), now)).toBe("Yesterday");
});

test("the year is shown only if it is not the current one", () => {
  expect(dayName(new Date(2026, 10, 24), now)).not.toContain("2026");
  expect(dayName(new Date(2025, 10, 24), now)).toContain("2025");
});
