import { expect, test } from "vitest";
import { instantOf, localOf, offsetMinutes, zoneWithOffset } from "./zone";

const NEW_YORK = "America/New_York";

test("a local time is converted to its instant and back", () => {
  expect(instantOf("2026-12-03T09:00", NEW_YORK)).toEqual({
    at: new Date("2026-12-03T14:00:00Z"),
    kind: "once",
  });
  expect(instantOf("2026-07-03T09:00", "Australia/Sydney")?.at.toISOString()).toBe(
    "2026-07-02T23:00:00.000Z",
  );
});

test("a time in a missing hour is recognised, and means a time after the gap", () => {
  const time = instantOf("2026-03-08T02:30", NEW_YORK);
  expect(time?.kind).toBe("gap");
  expect(localOf(time?.at ?? new Date(), NEW_YORK)).toBe("2026-03-08T03:30");
});

test("a time in an hour that comes twice is recognised, and means the first one", () => {
  const time = instantOf("2026-11-01T01:30", NEW_YORK);
  expect(time).toEqual({ at: new Date("2026-11-01T05:30:00Z"), kind: "twice" });
});

test("times with half-hour offsets and at midnight are converted correctly", () => {
  expect(offsetMinutes(new Date("2026-01-01T00:00:00Z"), "Asia/Kolkata")).toBe(330);
  expect(localOf(new Date("2026-01-01T05:00:00Z"), NEW_YORK)).toBe("2026-01-01T00:00");
  expect(instantOf("2026-01-01T00:00", "Asia/Kolkata")?.at.toISOString()).toBe(
    "2025-12-31T18:30:00.000Z",
  );
});

test("text that is not a time is converted to null", () => {
  expect(instantOf("", NEW_YORK)).toBeNull();
  expect(instantOf("2026-13-45T99:99", NEW_YORK)).toBeNull();
});

test("a time zone is shown with its offset", () => {
  expect(zoneWithOffset(new Date("2026-12-03T14:00:00Z"), NEW_YORK)).toBe(
    "America/New_York (GMT-5)",
  );
});
