/** The words of the team's screen. */
import type { RoleInput } from "@generated/api";

export const ROLES: readonly { value: RoleInput; label: string; allows: string }[] = [
  { value: "member", label: "Member", allows: "Sends texts and campaigns, reads the inbox." },
  { value: "admin", label: "Admin", allows: "Also people, API keys, numbers and settings." },
  { value: "owner", label: "Owner", allows: "Everything, also other owners." },
];

/** Return the name of a role. */
export function roleName(role: string): string {
  return ROLES.find(({ value }) => value === role)?.label ?? role;
}
