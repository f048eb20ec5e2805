import type { QueryClient } from "@tanstack/react-query";
import { onSessionChange, sessionState } from "@/client/session";
import { forgetDrafts, hasUnsavedWork } from "@/shared/drafts";

const RELOADED = "smsblaster-reloaded-at";
const ONCE_WITHIN_MS = 60_000;

/** After a sign-out, in this tab or another, no data of the account stays on the page. */
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
 * After a deploy, a part of the page that was not loaded yet is gone. Load the page again, once, and
 * never over words that were not saved: then the screen's own error offers it.
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
