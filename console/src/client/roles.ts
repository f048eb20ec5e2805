import type { User } from "@generated/api";

/** Return whether a user is an operator, who sees and manages all organisations. */
export function isOperator(user: User): boolean {
  return user.roles.includes("ADMIN");
}

/** Return whether a user manages their organisation: its members, API keys and settings. */
export function isManager(user: User): boolean {
  return user.roles.includes("owner") || user.roles.includes("admin");
}
