/** The filters of an event's screen and its open panel, which are part of the URL. */
import type { RsvpStatusInput, SmsStateInput } from "@generated/api";

export interface AttendeeSearch {
  search?: string;
  rsvpStatus?: RsvpStatusInput;
  smsState?: SmsStateInput;
  /** The attendee whose messages are open. */
  attendee?: string;
}

export const SMS_STATES: { value: SmsStateInput; label: string }[] = [
  { value: "delivered", label: "All delivered" },
  { value: "pending", label: "Pending" },
  { value: "failed", label: "Any failed" },
  { value: "none", label: "No texts" },
];
const ANSWERS: readonly RsvpStatusInput[] = ["pending", "yes", "maybe", "no"];

/** Read the filters and the open panel. Other URL parameters are ignored. */
export function attendeeSearchOf(search: Record<string, unknown>): AttendeeSearch {
  return {
    search: typeof search.search === "string" && search.search ? search.search : undefined,
    rsvpStatus: ANSWERS.find((known) => known === search.rsvpStatus),
    smsState: SMS_STATES.find(({ value }) => value === search.smsState)?.value,
    attendee: typeof search.attendee === "string" ? search.attendee : undefined,
  };
}
