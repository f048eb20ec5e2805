import { ApiError } from "./errors.js";

/** How to wait for work in the background. */
export interface Waiting {
  /** Seconds between two requests. */
  interval?: number;
  /** For how many seconds to wait. The work goes on after that. Default: without end. */
  timeout?: number;
}

export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/**
 * Yield each state that differs from the one before, and end with the last one. Throws an ApiError
 * (`timed_out`) when the time is over.
 */
export async function* states<T>(
  fetch: () => Promise<T>,
  ended: (state: T) => boolean,
  { interval = 1, timeout }: Waiting,
): AsyncGenerator<T, void, undefined> {
  const begun = performance.now();
  let last = "";
  while (true) {
    const state = await fetch();
    const written = JSON.stringify(state);
    if (written !== last) yield state;
    if (ended(state)) return;
    if (timeout !== undefined && performance.now() - begun > timeout * 1000) {
      throw new ApiError("timed_out", `It has not ended within ${timeout} seconds, and goes on.`);
    }
    last = written;
    await sleep(interval);
  }
}
