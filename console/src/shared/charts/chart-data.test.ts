import { expect, test } from "vitest";
import { drawnRows, type Point, peakOf, sumOf } from "./chart-data";

const POINTS: Point[] = [
  { start: "2026-03-01", label: "Mar 1", values: { Sent: 3 } },
  { start: "2026-03-02", label: "Mar 2", values: { Sent: 7 } },
  { start: "2026-03-03", label: "Today", isUnfinished: true, values: { Sent: 2 } },
];

test("a period that is not over is drawn as a separate series", () => {
  expect(drawnRows(POINTS, [{ name: "Sent", color: "blue" }])).toEqual([
    { label: "Mar 1", Sent: 3 },
    { label: "Mar 2", Sent: 7 },
    { label: "Today", "Sent so far": 2 },
  ]);
});

test("a series has a sum and a peak, and a series of zeros has no peak", () => {
  expect(sumOf(POINTS, "Sent")).toBe(12);
  expect(peakOf(POINTS, "Sent")?.label).toBe("Mar 2");
  expect(peakOf(POINTS, "Failed")).toBeUndefined();
});
