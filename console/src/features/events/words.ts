/** The words of the events' screens. */
import type {
  AudienceInput,
  EventNotificationTypeInput,
  EventStatus,
  RsvpStatus,
} from "@generated/api";
import { Ban, CalendarCheck, FilePen } from "lucide-react";
import { nameOf } from "@/shared/names";
import { type Look, lookIn } from "@/shared/status-badge";

const TYPES: Record<string, string> = {
  invitation: "Invitation",
  rsvp_reminder: "RSVP Reminder",
  match_reveal: "Match Reveal",
  event_reminder: "Event Reminder",
  new_rsvps: "New RSVPs Update",
  question_set: "Question Set",
};

/** The event messages that can be sent from the console. Question sets have another API route. */
export const SENDABLE: { value: EventNotificationTypeInput; label: string }[] = [
  { value: "invitation", label: "Invitation" },
  { value: "rsvp_reminder", label: "RSVP Reminder" },
  { value: "event_reminder", label: "Event Reminder" },
  { value: "new_rsvps", label: "New RSVPs Update" },
  { value: "match_reveal", label: "Match Reveal" },
];

export const AUDIENCES: { value: AudienceInput; label: string }[] = [
  { value: "all", label: "All attendees" },
  { value: "not_answered", label: "Those who have not answered" },
  { value: "coming", label: "Those who are coming" },
  { value: "matched", label: "Those who have a match" },
];

const RSVPS: Record<RsvpStatus, string> = {
  pending: "No answer yet",
  yes: "Coming",
  maybe: "Maybe",
  no: "Not coming",
};
export const RSVP_CHOICES = Object.entries(RSVPS).map(([value, label]) => ({ value, label }));

const STATUSES: Record<EventStatus, Look> = {
  draft: { word: "Draft", tone: "sending", icon: FilePen },
  published: { word: "Published", tone: "delivered", icon: CalendarCheck },
  cancelled: { word: "Cancelled", tone: "failed", icon: Ban },
};

export const EVENT_STATUSES: { value: EventStatus; label: string; help: string }[] = [
  { value: "published", label: "Published", help: "Attendees can get texts." },
  { value: "draft", label: "Draft", help: "In preparation. Nobody gets a text." },
  {
    value: "cancelled",
    label: "Cancelled",
    help: "It does not take place. Texts that are not sent yet are stopped.",
  },
];

const DOTS: Record<string, { tone: string; words: string }> = {
  delivered: { tone: "delivered", words: "All texts delivered" },
  pending: { tone: "pending", words: "Texts pending" },
  failed: { tone: "failed", words: "A text failed" },
  none: { tone: "none", words: "No text sent" },
};

const NORTH_AMERICAN = /^\+1(\d{3})(\d{3})(\d{4})$/;

/** Return the title of a type of event message. */
export function typeName(type: string): string {
  return TYPES[type] ?? type;
}

/** Return the words for an attendee's answer. A newer server may have others. */
export function rsvpName(status: string): string {
  return (RSVPS as Record<string, string>)[status] ?? status;
}

/** Return the label, colour and icon of an event's status. */
export const eventLookOf = (status: string): Look => lookIn(STATUSES, status);

/** Return the colour of the dot for an attendee's texts, and its text for screen readers. */
export function dotOf(smsState: string): { tone: string; words: string } {
  return DOTS[smsState] ?? { tone: "none", words: smsState };
}

/** Return a number as the SMS history shows it, such as `+1 (555) 123-4567`. */
export function phoneInHistory(number: string): string {
  const parts = NORTH_AMERICAN.exec(number);
  return parts ? `+1 (${parts[1]}) ${parts[2]}-${parts[3]}` : number;
}

/** Return a time as the SMS history shows it, such as `Feb 12, 2026 • 3:45 PM`. */
export function timeInHistory(at: string): string {
  const date = new Date(at);
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(date);
  const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(date);
  return `${day} • ${time}`;
}

/** Return a person's first and last name. */
export function fullName(person: { firstName: string; lastName: string | null }): string {
  return nameOf(person) ?? "";
}
