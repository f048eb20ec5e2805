import { expect, test } from "vitest";
import { BULK, filterWords, searchOfFilter } from "./words";

const EMPTY = { search: null, tag: null, listId: null, optStatus: null, from: null, to: null };
const listName = () => "Members";

test("a filter is described in words", () => {
  expect(filterWords(EMPTY, listName)).toBe("all contacts");
  const filter = {
    ...EMPTY,
    search: "ann",
    tag: "VIP",
    listId: "1",
    optStatus: "opted_out",
  } as const;
  expect(filterWords(filter, listName)).toBe("“ann”, tag VIP, on Members, opted out");
});

test("the filter of a segment becomes URL parameters", () => {
  expect(searchOfFilter({ ...EMPTY, tag: "VIP" })).toEqual({ tag: "VIP" });
});

test("the text of the button says how many contacts are changed", () => {
  expect(BULK.delete.deed(1)).toBe("Delete 1 contact");
  expect(BULK.add_tags.deed(48_210)).toBe("Tag 48,210 contacts");
});
