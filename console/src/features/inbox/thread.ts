/** One conversation as it is kept in the browser: the pages that were loaded, joined. */
import type { GetThreadResponse, Message } from "@generated/api";

export interface Thread {
  /** Oldest first, without gaps. */
  items: Message[];
  /** The cursor of the messages before the first one, or null if there are none. */
  olderCursor: string | null;
}

/**
 * Join the newest page with what was loaded before. If the two don't touch, because very much has
 * arrived meanwhile, only the newest page counts: a conversation has no gaps.
 */
export function withNewest(before: Thread | undefined, page: GetThreadResponse): Thread {
  const first = page.items[0];
  const start = before?.items.findIndex(({ id }) => id === first?.id) ?? -1;
  if (before === undefined || start === -1) {
    return { items: page.items, olderCursor: page.previousCursor };
  }
  return {
    items: [...before.items.slice(0, start), ...page.items],
    olderCursor: before.olderCursor,
  };
}

/** Put a page of older messages before what is known. */
export function withOlder(thread: Thread, page: GetThreadResponse): Thread {
  const known = new Set(thread.items.map(({ id }) => id));
  const older = page.items.filter(({ id }) => !known.has(id));
  return { items: [...older, ...thread.items], olderCursor: page.previousCursor };
}

/** Add a message that was just sent, unless it is known already. */
export function withSent(thread: Thread, message: Message): Thread {
  if (thread.items.some(({ id }) => id === message.id)) return thread;
  return { ...thread, items: [...thread.items, message] };
}

/** What a colleague has sent that is not among the messages that were on the page. */
export function unseenAnswers(
  thread: Thread,
  shown: ReadonlySet<string>,
  userId: string,
): Message[] {
  return thread.items.filter(
    (message) => message.direction === "out" && message.userId !== userId && !shown.has(message.id),
  );
}

/** The campaign that a person's latest message answers: that of the last text before it. */
export function answeredCampaign(messages: readonly Message[]): Message | null {
  const answer = messages.findLastIndex(({ direction }) => direction === "in");
  const before = messages.slice(0, answer === -1 ? messages.length : answer);
  return before.findLast(({ campaignId }) => campaignId !== null) ?? null;
}
