import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { gatherHints } from "./hints";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("the first hint is passed on at once, and the following ones together", () => {
  const passed: string[][] = [];
  const hear = gatherHints((topics) => passed.push([...topics]), 2_000);
  hear("campaign");
  expect(passed).toEqual([["campaign"]]);
  for (const topic of ["balance", "campaign", "campaign", "message"]) hear(topic);
  vi.advanceTimersByTime(1_999);
  expect(passed).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(passed[1]).toEqual(["balance", "campaign", "message"]);
});

test("after a pause without hints the next one is passed on at once", () => {
  const pass = vi.fn();
  const hear = gatherHints(pass, 2_000);
  hear("campaign");
  vi.advanceTimersByTime(2_000);
  hear("campaign");
  expect(pass).toHaveBeenCalledTimes(2);
});
