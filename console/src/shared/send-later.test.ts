import { expect, test } from "vitest";
import { AT_ONCE, departureOf } from "./send-later";

const NEXT_YEAR = new Date().getFullYear() + 1;

test("a message to send at once has no time in its request", () => {
  expect(departureOf(AT_ONCE, "America/New_York")).toEqual({});
});

test("a time is in the organisation's time zone", () => {
  const local = `${NEXT_YEAR}-01-15T09:30`;
  const departure = { isLater: true, local, respectQuietHours: false };
  expect(departureOf(departure, "America/New_York")).toEqual({
    sendAt: `${NEXT_YEAR}-01-15T14:30:00.000Z`,
    respectQuietHours: false,
  });
});

test("without a time, or with a past one, nothing can be sent", () => {
  expect(departureOf({ ...AT_ONCE, isLater: true }, "UTC")).toBeNull();
  const past = { ...AT_ONCE, isLater: true, local: "2020-01-01T10:00" };
  expect(departureOf(past, "UTC")).toBeNull();
});
