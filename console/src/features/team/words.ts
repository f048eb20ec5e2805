/** The words of the team's screen. */
import type { Role } from "@generated/api";

export const ROLES: readonly { value: Role; label: string; allows: string }[] = [
  { value: "member", label: "Member", allows: "Sends texts and campaigns, reads the inbox." },
  { value: "admin", label: "Admin", allows: "Also people, API keys, numbers and settings." },
  { value: "owner", label: "Owner", allows: "Everything, also other owners." },
];

/** Return the word for a role. */
export function roleName(role: Role): string {
  return ROLES.find(({ value }) => value === role)?.label ?? role;
}
