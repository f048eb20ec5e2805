import type { QueryClient } from "@tanstack/react-query";
import { onSessionChange, sessionState } from "@/client/session";
import { forgetDrafts, hasUnsavedWork } from "@/shared/drafts";

const RELOADED = "smsblaster-reloaded-at";
const ONCE_WITHIN_MS = 60_000;

/** Remove the account's data from the page after a sign-out in this tab or in another one. */
export function forgetDataAtSignOut(queryClient: QueryClient): void {
  let before = sessionState().status;
  onSessionChange(() => {
    const now = sessionState().status;
    if (now === "signed_out" && before !== "unknown") {
      queryClient.clear();
      forgetDrafts();
    }
    before = now;
  });
}

/**
 * After a deploy, files of the old version that were not loaded yet are missing. So load the page
 * again, but only once, and not if there is unsaved text: then the screen shows an error with a
 * button to load it again.
 */
export function reloadAfterDeploy(): void {
  window.addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
    if (hasUnsavedWork() || Date.now() - last < ONCE_WITHIN_MS) return;
    event.preventDefault();
    sessionStorage.setItem(RELOADED, String(Date.now()));
    location.reload();
  });
}
