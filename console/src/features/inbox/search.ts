/** The filters of the inbox and its open conversation, which are part of the URL. */
import { textOf } from "@/shared/search-text";

/** Which conversations are listed. Without it, all that are not archived. */
export type Show = "unread" | "review" | "archived";

export interface InboxSearch {
  /** The contact whose conversation is open. */
  contact?: string;
  /** The id of the message to show first in the conversation. */
  message?: string;
  show?: Show;
  /** Words that are searched for in all conversations. */
  search?: string;
}

export const SHOWS: readonly { value: Show; label: string; empty: string }[] = [
  { value: "unread", label: "Unread", empty: "Every message is read." },
  {
    value: "review",
    label: "May be opt-outs",
    empty: "No message waits for your decision whether it is an opt-out.",
  },
  { value: "archived", label: "Archived", empty: "No conversation is archived." },
];

/** Read the filters. Other URL parameters are ignored. */
export function inboxSearchOf(search: Record<string, unknown>): InboxSearch {
  return {
    contact: textOf(search.contact),
    message: textOf(search.message),
    show: SHOWS.find(({ value }) => value === search.show)?.value,
    search: textOf(search.search),
  };
}
