import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchIdle } from "./idle";

const MINUTE = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("after half an hour without input the callback is called once", () => {
  const onIdle = vi.fn();
  watchIdle(onIdle);
  vi.advanceTimersByTime(29 * MINUTE);
  expect(onIdle).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60 * MINUTE);
  expect(onIdle).toHaveBeenCalledTimes(1);
});

test("every input starts the half hour again", () => {
  const onIdle = vi.fn();
  watchIdle(onIdle);
  vi.advanceTimersByTime(29 * MINUTE);
  window.dispatchEvent(new KeyboardEvent("keydown", { key: "a" }));
  vi.advanceTimersByTime(29 * MINUTE);
  expect(onIdle).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2 * MINUTE);
  expect(onIdle).toHaveBeenCalledTimes(1);
});

test("after watching was stopped the callback is not called", () => {
  const onIdle = vi.fn();
  watchIdle(onIdle)();
  vi.advanceTimersByTime(60 * MINUTE);
  expect(onIdle).not.toHaveBeenCalled();
});
