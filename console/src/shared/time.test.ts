import { expect, test } from "vitest";
import { relativeTime, timeInBoth } from "./time";

const NOW = new Date("2026-03-01T12:00:00Z");
const at = (seconds: number) => relativeTime(new Date(NOW.getTime() + seconds * 1000), NOW);

test("times are shown relative to now", () => {
  expect(at(-20)).toBe("just now");
  expect(at(-300)).toMatch(/^5 min/);
  expect(at(-7_200)).toMatch(/^2 h/);
  expect(at(86_400)).toBe("tomorrow");
});

test("a time is shown in the organisation's time zone, and in the browser's too if that differs", () => {
  const there = timeInBoth(NOW, "America/New_York", "Australia/Sydney");
  expect(there).toMatch(
    /^Mar 1, 2026, 7:00:00.AM EST \(for you Mar 1, 2026, 11:00:00.PM GMT\+11\)$/,
  );
  expect(timeInBoth(NOW, "Europe/Berlin", "Europe/Vienna")).toMatch(
    /^Mar 1, 2026, 1:00:00.PM GMT\+1$/,
  );
});

test("a day is the day in the organisation's time zone", () => {
  const late = new Date("2026-01-01T03:00:00Z");
  expect(relativeTime(late, NOW, "America/New_York")).toBe("Dec 31, 2025");
});
