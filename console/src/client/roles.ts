import type { User } from "@generated/api";

/** Whether somebody runs the platform: sees all organisations, and acts on them. */
export function isOperator(user: User): boolean {
  return user.roles.includes("ADMIN");
}

/** Whether somebody manages their organisation: its people, keys and settings. */
export function isManager(user: User): boolean {
  return user.roles.includes("owner") || user.roles.includes("admin");
}
