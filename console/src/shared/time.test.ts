import { expect, test } from "vitest";
import { relativeTime } from "./time";

const NOW = new Date("2026-03-01T12:00:00Z");
const at = (seconds: number) => relativeTime(new Date(NOW.getTime() + seconds * 1000), NOW);

test("times are shown relative to now", () => {
  expect(at(-20)).toBe("just now");
  expect(at(-300)).toMatch(/^5 min/);
  expect(at(-7_200)).toMatch(/^2 h/);
  expect(at(86_400)).toBe("tomorrow");
});
