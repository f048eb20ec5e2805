import { useSyncExternalStore } from "react";
import { type LiveState, liveState, onLiveChange } from "./live";

/** Return the state of the live stream, and render again when it changes. */
export function useLive(): LiveState {
  return useSyncExternalStore(onLiveChange, liveState);
}

/**
 * Return the interval at which a screen polls for changes, or false while the stream is live. Only
 * for intervals below 15 seconds: without a stream, all that is shown is polled each 20 seconds.
 */
export function useInterval(milliseconds: number): number | false {
  return useLive() === "live" ? false : milliseconds;
}
