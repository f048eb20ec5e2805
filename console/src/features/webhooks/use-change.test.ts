import { expect, test } from "vitest";
import { formOf, type Settings, settingsOf, wordsOf } from "./use-change";

const ALL: Settings = {
  url: "https://example.com/hooks",
  description: "",
  eventTypes: [],
  maxPerSecond: null,
};
const SOME: Settings = { ...ALL, eventTypes: ["message.sent"], maxPerSecond: 5 };

test.each([ALL, SOME])("a form that nobody has changed saves the same settings", (settings) => {
  expect(settingsOf(formOf(settings))).toEqual(settings);
});

test("an endpoint for all events keeps no types that were chosen before", () => {
  expect(settingsOf({ ...formOf(SOME), isForAll: true }).eventTypes).toEqual([]);
});

test("empty settings are put into words in the list of conflicting changes", () => {
  expect(wordsOf("eventTypes", [])).toBe("All events");
  expect(wordsOf("eventTypes", ["message.sent", "message.failed"])).toBe(
    "message.sent, message.failed",
  );
  expect(wordsOf("maxPerSecond", null)).toBe("No limit: as many calls as your server answers");
  expect(wordsOf("description", "")).toBe("(empty)");
});
