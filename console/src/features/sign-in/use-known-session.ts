import { useEffect } from "react";
import { refresh, type SessionState } from "@/client/session";
import { useSession } from "@/client/use-session";

/**
 * Return the state of the session, for screens without a sign-in. It is requested if it is unknown.
 */
export function useKnownSession(): SessionState {
  const session = useSession();
  useEffect(() => {
    if (session.status === "unknown") refresh().catch(() => undefined);
  }, [session.status]);
  return session;
}
