/** The filters of the list of messages, which are part of the URL. */
import type { MessageDirectionInput, MessageStatusInput } from "@generated/api";
import { LONGEST_REFERENCE, textOf } from "@/shared/search-text";

export interface HistorySearch {
  search?: string;
  direction?: MessageDirectionInput;
  status?: MessageStatusInput;
  /** A day of the organisation such as `2026-03-01`, or a time. */
  from?: string;
  /** The last day, or the time before which messages were created. */
  to?: string;
  campaignId?: string;
  contactId?: string;
  errorCode?: number;
  /** The organisation's own reference. */
  reference?: string;
  /** Whether failed messages that were delivered by a retry are listed too. */
  includeRetried?: boolean;
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

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TIME = /^\d{4}-\d{2}-\d{2}(T\S+)?$/;

/** Read the filters. Other URL parameters are ignored. */
export function historySearchOf(search: Record<string, unknown>): HistorySearch {
  const code = Number(search.errorCode);
  return {
    search: typeof search.search === "string" && search.search ? search.search : undefined,
    direction: DIRECTIONS.find(({ value }) => value === search.direction)?.value,
    status: STATUSES.find(({ value }) => value === search.status)?.value,
    from: matching(TIME, search.from),
    to: matching(TIME, search.to),
    campaignId: matching(ID, search.campaignId),
    contactId: matching(ID, search.contactId),
    errorCode: Number.isInteger(code) && code > 0 ? code : undefined,
    reference: textOf(search.reference)?.slice(0, LONGEST_REFERENCE),
    includeRetried: search.includeRetried === true ? true : undefined,
  };
}

/** Return whether the filter lists failed messages, which a retry may have delivered. */
export function isFailure(status: MessageStatusInput | undefined): boolean {
  return status === "failed" || status === "undelivered";
}

/**
 * Return the reason why an export can't have these filters, or null. Exports contain only sent
 * messages.
 */
export function exportObstacle({ search, direction }: HistorySearch): string | null {
  if (search) return "An export can't be limited to searched words. Clear the search first.";
  if (direction === "in")
    return "Exports contain only sent messages. Choose another direction first.";
  return null;
}

function matching(form: RegExp, value: unknown): string | undefined {
  return typeof value === "string" && form.test(value) ? value : undefined;
}
