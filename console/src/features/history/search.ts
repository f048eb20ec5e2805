/** What of the list of messages stands in the address. */
import type { MessageDirectionInput, MessageStatusInput } from "@generated/api";

export interface HistorySearch {
  search?: string;
  direction?: MessageDirectionInput;
  status?: MessageStatusInput;
}

export const DIRECTIONS: { value: MessageDirectionInput; label: string }[] = [
  { value: "out", label: "Sent by us" },
  { value: "in", label: "Received" },
];

export const STATUSES: { value: MessageStatusInput; label: string }[] = [
  { value: "delivered", label: "Delivered" },
  { value: "sent", label: "Sent" },
  { value: "failed", label: "Failed" },
  { value: "undelivered", label: "Undelivered" },
  { value: "unknown", label: "Unknown" },
  { value: "pending", label: "Waiting" },
];

/** Read the filters. Anything else in the address is ignored. */
export function historySearchOf(search: Record<string, unknown>): HistorySearch {
  return {
    search: typeof search.search === "string" && search.search ? search.search : undefined,
    direction: DIRECTIONS.find(({ value }) => value === search.direction)?.value,
    status: STATUSES.find(({ value }) => value === search.status)?.value,
  };
}
