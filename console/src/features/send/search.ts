/** What of the list of scheduled messages stands in the address. */
import type { ScheduledSendStatusInput } from "@generated/api";

export interface ScheduledSearch {
  /** Without one, the list has what is not finished. */
  status?: ScheduledSendStatusInput;
}

export const SCHEDULED_STATUSES: readonly ScheduledSendStatusInput[] = [
  "scheduled",
  "held",
  "sending",
  "sent",
  "failed",
  "cancelled",
];

/** Read the filter. Anything else in the address is ignored. */
export function scheduledSearchOf(search: Record<string, unknown>): ScheduledSearch {
  return { status: SCHEDULED_STATUSES.find((known) => known === search.status) };
}
