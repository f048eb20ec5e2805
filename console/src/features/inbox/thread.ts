/** A conversation in the browser: all loaded pages of its messages, joined. */
import type { GetThreadResponse, Message } from "@generated/api";
import { replaceEqualDeep } from "@tanstack/react-query";

export interface Thread {
  /** Oldest first, without gaps. */
  items: Message[];
  /** The cursor of the messages before the first one, or null if there are none. */
  olderCursor: string | null;
}

/**
 * Join the newest page with the messages that were loaded before. If there is a gap between them,
 * because many messages have arrived meanwhile, only the newest page is kept: a conversation has no
 * gaps. What has not changed stays the same object, so that it is not drawn again.
 */
export function withNewest(before: Thread | undefined, page: GetThreadResponse): Thread {
  const first = page.items[0];
  const start = before?.items.findIndex(({ id }) => id === first?.id) ?? -1;
  if (before === undefined || start === -1) {
    return { items: page.items, olderCursor: page.previousCursor };
  }
  const known = before.items.slice(start);
  const newest: Message[] = replaceEqualDeep(known, page.items);
  if (newest === known) return before;
  return { items: [...before.items.slice(0, start), ...newest], olderCursor: before.olderCursor };
}

/** Put a page of older messages before the loaded ones. */
export function withOlder(thread: Thread, page: GetThreadResponse): Thread {
  const known = new Set(thread.items.map(({ id }) => id));
  const older = page.items.filter(({ id }) => !known.has(id));
  return { items: [...older, ...thread.items], olderCursor: page.previousCursor };
}

/** Add a message that was just sent, unless it is already loaded. */
export function withSent(thread: Thread, message: Message): Thread {
  if (thread.items.some(({ id }) => id === message.id)) return thread;
  return { ...thread, items: [...thread.items, message] };
}

/** Return the messages that colleagues have sent and that were not on the page yet. */
export function unseenAnswers(
  thread: Thread,
  shown: ReadonlySet<string>,
  userId: string,
): Message[] {
  return thread.items.filter(
    (message) => message.direction === "out" && message.userId !== userId && !shown.has(message.id),
  );
}

/** Return the organisation's number that the person last wrote to, or null if none is loaded. */
export function numberWrittenTo(messages: readonly Message[]): string | null {
  return messages.findLast(({ direction }) => direction === "in")?.to ?? null;
}

/**
 * Return the text whose campaign the person's latest message answers: the last one sent before it.
 */
export function answeredCampaign(messages: readonly Message[]): Message | null {
  const answer = messages.findLastIndex(({ direction }) => direction === "in");
  const before = messages.slice(0, answer === -1 ? messages.length : answer);
  return (
    before.findLast(({ campaignId, eventId }) => campaignId !== null && eventId === null) ?? null
  );
}
