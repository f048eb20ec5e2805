import { expect, test } from "vitest";
import { phoneInHistory, rsvpName, timeInHistory } from "./words";

test("the SMS history shows numbers and times in the format that the specification gives", () => {
  expect(phoneInHistory("+15551234567")).toBe("+1 (555) 123-4567");
  expect(phoneInHistory("+447700900123")).toBe("+447700900123");
  expect(timeInHistory("2026-02-12T15:45:00")).toMatch(/^Feb 12, 2026 • 3:45\sPM$/);
});

test("an answer that this page does not know is shown as it is", () => {
  expect(rsvpName("yes")).toBe("Coming");
  expect(rsvpName("later")).toBe("later");
});
