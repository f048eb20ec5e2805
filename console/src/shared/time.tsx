import { Text, Tooltip } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { useTimeZone } from "./use-organisation";
import { browserZone, localOf } from "./zone";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const TICK_MS = 15_000;
const DISTANCES = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });

/** Format a time relative to now: `just now`, `5 min ago`, `in 3 hours`, else the date. */
export function relativeTime(at: Date, now: Date, timeZone?: string): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const distance = Math.abs(seconds);
  if (distance < MINUTE) return "just now";
  if (distance < HOUR) return DISTANCES.format(Math.trunc(seconds / MINUTE), "minute");
  if (distance < DAY) return DISTANCES.format(Math.trunc(seconds / HOUR), "hour");
  if (distance < WEEK) return DISTANCES.format(Math.trunc(seconds / DAY), "day");
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone }).format(at);
}

/** Format a time with its date and zone, in the given time zone or the browser's. */
export function exactTime(at: Date, timeZone?: string): string {
  return new Intl.DateTimeFormat(undefined, {
    dateStyle: "medium",
    timeStyle: "medium",
    timeZone,
  })
    .format(at)
    .concat(` ${zoneName(at, timeZone)}`);
}

/** Format a time to the minute, with its date and zone, for times that somebody has chosen. */
export function clockTime(at: Date, timeZone?: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", timeZone })
    .format(at)
    .concat(` ${zoneName(at, timeZone)}`);
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Format the day of a time in a time zone. A date such as `2026-03-01` is this day in any zone. */
export function dayWords(time: string, timeZone: string): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  const zone = DATE.test(time) ? "UTC" : timeZone;
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: zone }).format(at);
}

/**
 * Format a time in the organisation's zone. If the clocks of the browser's zone show another time,
 * that time is shown beside it.
 */
export function timeInBoth(at: Date, organisations: string, browsers = browserZone()): string {
  const ours = exactTime(at, organisations);
  const isSame = localOf(at, organisations) === localOf(at, browsers);
  return isSame ? ours : `${ours} (for you ${exactTime(at, browsers)})`;
}

/** A time in relative words. The exact time is shown on hover and focus. */
export function RelativeTime({ at, timeZone }: { at: string; timeZone?: string }) {
  const home = useTimeZone();
  const date = new Date(at);
  const zone = timeZone ?? home;
  // A long list has a thousand of these. Each is drawn again only when its words change.
  const words = useSyncExternalStore(onTick, () => relativeTime(date, lastTick(), zone));
  return (
    <Tooltip
      label={<TimeInBoth at={date} timeZone={zone} />}
      events={{ hover: true, focus: true, touch: true }}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time is shown on focus */}
      <time dateTime={at} tabIndex={0}>
        {words}
      </time>
    </Tooltip>
  );
}

/** The text of the tooltip. It is a component, so that it is only formatted while it is shown. */
function TimeInBoth({ at, timeZone }: { at: Date; timeZone: string }) {
  return timeInBoth(at, timeZone);
}

/** Shows how old a figure is, once it is older than a minute. */
export function Age({ at }: { at: number }) {
  const now = useNow();
  if (now.getTime() - at < MINUTE * 1000) return null;
  return (
    <Text component="span" size="xs" c="dimmed">
      as of {relativeTime(new Date(at), now)}
    </Text>
  );
}

let latest = new Date();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  latest = new Date();
  for (const listener of listeners) listener();
}

/** Call the listener regularly, until the returned function is called. All share one timer. */
function onTick(listener: () => void): () => void {
  if (listeners.size === 0) {
    latest = new Date();
    timer = setInterval(tick, TICK_MS);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

/** Return the time of the last tick. While nobody listens, there are none. */
function lastTick(): Date {
  const isOld = Date.now() - latest.getTime() >= TICK_MS;
  if (listeners.size === 0 && isOld) latest = new Date();
  return latest;
}

/** Return the current time, and render again regularly. */
export function useNow(): Date {
  return useSyncExternalStore(onTick, lastTick);
}

function zoneName(at: Date, timeZone?: string): string {
  const parts = new Intl.DateTimeFormat(undefined, { timeZoneName: "short", timeZone });
  return parts.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "";
}
