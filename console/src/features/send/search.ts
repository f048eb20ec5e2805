/** The filter of the scheduled messages, which is part of the URL. */
import type { ScheduledSendStatusInput } from "@generated/api";

export interface ScheduledSearch {
  /** Without a status, the list has all sends that are not finished. */
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

/** Read the filter. Other URL parameters are ignored. */
export function scheduledSearchOf(search: Record<string, unknown>): ScheduledSearch {
  return { status: SCHEDULED_STATUSES.find((known) => known === search.status) };
}
