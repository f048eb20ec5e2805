import { useSyncExternalStore } from "react";
import { type LiveState, liveState, onLiveChange } from "./live";

/** Return whether changes are heard at once, and render again when that changes. */
export function useLive(): LiveState {
  return useSyncExternalStore(onLiveChange, liveState);
}

/** Return the interval in which a screen asks by itself: none while changes are heard at once. */
export function useInterval(milliseconds: number): number | false {
  return useLive() === "live" ? false : milliseconds;
}
