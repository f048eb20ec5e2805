import type { GetThreadResponse, Message } from "@generated/api";
import { expect, test } from "vitest";
import {
  answeredCampaign,
  numberWrittenTo,
  unseenAnswers,
  withNewest,
  withOlder,
  withSent,
} from "./thread";

const message = (id: string, parts: Partial<Message> = {}) =>
  ({ id, direction: "out", userId: "me", campaignId: null, eventId: null, ...parts }) as Message;
const page = (ids: string[], previousCursor: string | null = null): GetThreadResponse => ({
  items: ids.map((id) => message(id)),
  nextCursor: null,
  previousCursor,
});
const ids = ({ items }: { items: Message[] }) => items.map(({ id }) => id);

test("a newer page keeps the older messages that were loaded", () => {
  const before = withOlder(withNewest(undefined, page(["c", "d"], "before c")), page(["a", "b"]));
  const after = withNewest(before, page(["d", "e"], "before d"));
  expect(ids(after)).toEqual(["a", "b", "c", "d", "e"]);
  expect(after.olderCursor).toBeNull();
});

test("messages that have not changed stay the same objects", () => {
  const before = withOlder(withNewest(undefined, page(["c", "d"], "before c")), page(["a", "b"]));
  expect(withNewest(before, page(["c", "d"], "before c"))).toBe(before);
  const after = withNewest(before, page(["c", "d", "e"], "before c"));
  expect(after.items.slice(0, 4).every((kept, index) => kept === before.items[index])).toBe(true);
  const failed = { ...page(["c", "d"]), items: [message("c"), message("d", { status: "failed" })] };
  expect(withNewest(before, failed).items[2]).toBe(before.items[2]);
  expect(withNewest(before, failed).items[3]?.status).toBe("failed");
});

test("a newer page with a gap before it replaces the older messages", () => {
  const after = withNewest(withNewest(undefined, page(["a"])), page(["x"], "before x"));
  expect(ids(after)).toEqual(["x"]);
  expect(after.olderCursor).toBe("before x");
});

test("a message that was just sent is shown once", () => {
  const thread = withSent(withNewest(undefined, page(["a"])), message("b"));
  expect(ids(withSent(thread, message("b")))).toEqual(["a", "b"]);
});

test("only a colleague's answer that was not on the page is unseen", () => {
  const thread = {
    items: [
      message("shown", { userId: "colleague" }),
      message("mine"),
      message("theirs", { direction: "in", userId: null }),
      message("new", { userId: "colleague" }),
    ],
    olderCursor: null,
  };
  expect(unseenAnswers(thread, new Set(["shown"]), "me").map(({ id }) => id)).toEqual(["new"]);
});

test("the number of a conversation is the one that the person last wrote to", () => {
  const messages = [
    message("1", { direction: "in", to: "+14155550100" }),
    message("2", { direction: "in", to: "+14155550101" }),
    message("3", { direction: "out", to: "+12125550142" }),
  ];
  expect(numberWrittenTo(messages)).toBe("+14155550101");
  expect(numberWrittenTo(messages.slice(2))).toBeNull();
});

test("a message answers the campaign of the last text that was sent before it", () => {
  const found = answeredCampaign([
    message("1", { campaignId: "spring" }),
    message("2", { campaignId: "autumn" }),
    message("2b", { campaignId: "invitation", eventId: "gala" }),
    message("3", { direction: "in" }),
    message("4", { campaignId: "winter" }),
  ]);
  expect(found?.campaignId).toBe("autumn");
});
