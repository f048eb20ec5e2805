import type { User } from "@generated/api";
import { useSyncExternalStore } from "react";
import { onSessionChange, type SessionState, sessionState } from "./session";

/** Return the state of the session, and render again when it changes. */
export function useSession(): SessionState {
  return useSyncExternalStore(onSessionChange, sessionState);
}

/** Return the signed-in user. Only for screens behind the sign-in. */
export function useUser(): User {
  const session = useSession();
  if (!("user" in session)) throw new Error("This screen needs a signed-in user.");
  return session.user;
}
