/** The words of the team's screen. */
import type { RoleInput } from "@generated/api";

export const ROLES: readonly { value: RoleInput; label: string; allows: string }[] = [
  { value: "member", label: "Member", allows: "Can send texts and campaigns, and read the inbox." },
  {
    value: "admin",
    label: "Admin",
    allows: "Can also manage people, API keys, numbers and settings.",
  },
  { value: "owner", label: "Owner", allows: "Can do everything, and also manage other owners." },
];

/** Return the name of a role. */
export function roleName(role: string): string {
  return ROLES.find(({ value }) => value === role)?.label ?? role;
}
