import { api } from "@/client/client";
import type { Intent } from "@/client/intent";

/** How much of a replay is done. */
export interface Progress {
  /** The time from which the next page begins, or null if there are no more pages. */
  since: string | null;
  /** The number of deliveries that are made again so far. */
  replayed: number;
}

/**
 * Replay what is left, page by page, and return how many deliveries are made again in all. After
 * each page `progress` is brought up to date, so that another call goes on after an error. A page
 * whose answer was lost is asked for with the same key, and so not replayed twice.
 */
export async function replayRest(
  endpointId: string,
  status: "failed" | null,
  progress: Progress,
  intent: Intent,
): Promise<number> {
  while (progress.since !== null) {
    const body = { since: progress.since, ...(status ? { status } : {}) };
    const { data } = await api.POST("/api/webhooks/endpoints/{endpointId}/replay", {
      params: { path: { endpointId } },
      body,
      headers: intent.headers(body),
    });
    intent.done();
    const next = data?.since ?? null;
    progress.replayed += data?.replayed ?? 0;
    progress.since = next === progress.since ? null : next;
  }
  return progress.replayed;
}
