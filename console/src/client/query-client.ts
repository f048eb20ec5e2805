import { MutationCache, QueryClient } from "@tanstack/react-query";
import { asProblem } from "./problem";

const MOST_ATTEMPTS = 3;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Return the client that caches answers. It tries reads up to three times if the error is
 * temporary, and waits as long as the answer asks. It never repeats writes.
 *
 * Without a connection requests fail, and reads are repeated when it is back. By default they would
 * wait: a screen would load for ever, and a text could be sent long after the press of the button.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    mutationCache: new MutationCache(),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        networkMode: "always",
        refetchOnReconnect: true,
        retry: (failures, error) => failures < MOST_ATTEMPTS - 1 && asProblem(error).isTemporary,
        retryDelay: (failures, error) => waitBefore(failures, asProblem(error).retryAfter),
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

/** Return the milliseconds to wait before the next attempt, with jitter. */
export function waitBefore(failures: number, retryAfter: number | null): number {
  const wanted = retryAfter === null ? FIRST_WAIT_MS * 2 ** failures : retryAfter * 1_000;
  return Math.min(wanted, LONGEST_WAIT_MS) + Math.random() * 250;
}
