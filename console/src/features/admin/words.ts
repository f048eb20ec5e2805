/** The words of the operators' screens. */
import type { DeadLetterStatus } from "@generated/api";
import type { Tone } from "@/shared/status-badge";

const ROLES: Record<string, string> = {
  owner: "Owner",
  admin: "Admin",
  member: "Member",
  ADMIN: "Operator",
};

/** Return the roles of a user, such as `Owner, Operator`. */
export function roleNames(roles: string[]): string {
  return roles.map((role) => ROLES[role] ?? role).join(", ");
}

export const LETTER_WORDS: Record<DeadLetterStatus, { word: string; tone: Tone }> = {
  waiting: { word: "Waiting", tone: "unknown" },
  replayed: { word: "Replayed", tone: "sent" },
  discarded: { word: "Discarded", tone: "sending" },
  resolved: { word: "Resolved", tone: "delivered" },
};
