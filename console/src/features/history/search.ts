/** What of the list of messages stands in the address. */
import type { MessageDirectionInput, MessageStatusInput } from "@generated/api";

export interface HistorySearch {
  search?: string;
  direction?: MessageDirectionInput;
  status?: MessageStatusInput;
  /** A day of the organisation such as `2026-03-01`, or a time. */
  from?: string;
  /** The last day, or the time before which. */
  to?: string;
  campaignId?: string;
  contactId?: string;
  errorCode?: number;
  /** Whether failed messages are listed too that were sent again and arrived. */
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

/** Read the filters. Anything else in the address is ignored. */
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
    includeRetried: search.includeRetried === true ? true : undefined,
  };
}

/** Whether another try may have solved what a filter lists. */
export function isFailure(status: MessageStatusInput | undefined): boolean {
  return status === "failed" || status === "undelivered";
}

/** Why an export can't have these filters, or null if it can. Exports have sent messages only. */
export function exportObstacle({ search, direction }: HistorySearch): string | null {
  if (search) return "An export can't be limited to words. Clear the search first.";
  if (direction === "in") return "Exports have sent messages only. Choose other directions first.";
  return null;
}

function matching(form: RegExp, value: unknown): string | undefined {
  return typeof value === "string" && form.test(value) ? value : undefined;
}
