import { useEffect } from "react";
import { refresh, type SessionState } from "@/client/session";
import { useSession } from "@/client/use-session";

/** Return the session of a screen that needs none, once it is known whether there is one. */
export function useKnownSession(): SessionState {
  const session = useSession();
  useEffect(() => {
    if (session.status === "unknown") refresh().catch(() => undefined);
  }, [session.status]);
  return session;
}
