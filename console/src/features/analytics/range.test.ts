import { expect, test } from "vitest";
import { firstDay } from "./range";

const NOW = new Date("2026-03-31T02:00:00Z");

test("the range is the period and the equally long one before it, in the organisation's time zone", () => {
  expect(firstDay({ unit: "day", count: 30 }, NOW, "UTC")).toBe("2026-01-31");
  expect(firstDay({ unit: "day", count: 30 }, NOW, "America/New_York")).toBe("2026-01-30");
  expect(firstDay({ unit: "week", count: 12 }, NOW, "UTC")).toBe("2025-10-21");
  expect(firstDay({ unit: "month", count: 12 }, NOW, "UTC")).toBe("2024-04-01");
});
