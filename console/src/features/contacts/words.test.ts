import { expect, test } from "vitest";
import { BULK, filterWords, searchOfFilter, sourceOf } from "./words";

const EMPTY = { search: null, tag: null, listId: null, optStatus: null, from: null, to: null };
const listName = () => "Members";

test("a filter is described in words", () => {
  expect(filterWords(EMPTY, listName, "UTC")).toBe("all contacts");
  const filter = {
    ...EMPTY,
    search: "ann",
    tag: "VIP",
    listId: "1",
    optStatus: "opted_out",
  } as const;
  expect(filterWords(filter, listName, "UTC")).toBe("“ann”, tag VIP, on Members, opted out");
});

test("a time is shown as a day in the organisation's time zone, and a date without a time is not converted", () => {
  const added = (from: string) => filterWords({ from }, listName, "Pacific/Auckland");
  expect(added("2026-03-01T20:00:00Z")).toBe("added from Mar 2, 2026");
  expect(added("2026-03-01")).toBe("added from Mar 1, 2026");
  expect(filterWords({ from: "2026-03-01" }, listName, "America/New_York")).toBe(
    "added from Mar 1, 2026",
  );
  expect(added("yesterday")).toBe("added from yesterday");
});

test("the filter of a segment becomes URL parameters", () => {
  expect(searchOfFilter({ ...EMPTY, tag: "VIP" })).toEqual({ tag: "VIP" });
});

test("the text of the button says how many contacts are changed", () => {
  expect(BULK.delete.confirmLabel(1)).toBe("Delete 1 contact");
  expect(BULK.add_tags.confirmLabel(48_210)).toBe("Tag 48,210 contacts");
});

test("an opt-in or opt-out is told with its proof", () => {
  const unknown = {
    status: "opted_in" as const,
    source: null,
    words: null,
    method: null,
    userName: null,
  };
  expect(sourceOf(unknown)).toBe("How is not known.");
  expect(sourceOf({ ...unknown, source: "message", words: "STOP" })).toBe("They texted “STOP”.");
  const manual = { ...unknown, source: "manual" as const, userName: "Ann Lee" };
  expect(sourceOf(manual)).toBe("Recorded by Ann Lee, without a proof.");
  expect(sourceOf({ ...manual, status: "opted_out" })).toBe("Recorded by Ann Lee.");
  expect(sourceOf({ ...manual, method: "Form on example.com" })).toBe(
    "Recorded by Ann Lee: Form on example.com",
  );
});
