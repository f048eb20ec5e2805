/** The words of the events' screens. */

const TYPES: Record<string, string> = {
  invitation: "Invitation",
  rsvp_reminder: "RSVP Reminder",
  match_reveal: "Match Reveal",
  event_reminder: "Event Reminder",
  new_rsvps: "New RSVPs Update",
  question_set: "Question Set",
};

const DOTS: Record<string, { tone: string; words: string }> = {
  delivered: { tone: "delivered", words: "All texts delivered" },
  pending: { tone: "pending", words: "Texts pending" },
  failed: { tone: "failed", words: "A text failed" },
  none: { tone: "none", words: "No text sent" },
};

/** Return the title of a kind of notification. */
export function typeName(type: string): string {
  return TYPES[type] ?? type;
}

/** Return the colour of the dot for an attendee's texts, and its words for readers. */
export function dotOf(smsState: string): { tone: string; words: string } {
  return DOTS[smsState] ?? { tone: "none", words: smsState };
}
