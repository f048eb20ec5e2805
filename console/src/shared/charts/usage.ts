/** The organisation's use over time: texts and figures that all charts share. */
import { formatCount, formatShare } from "../number";
import { type Point, peakOf, type Series, sumOf } from "./chart-data";

export type Unit = "day" | "week" | "month";

export const MESSAGE_SERIES: readonly Series[] = [
  { name: "Delivered", color: "var(--sb-delivered)" },
  { name: "Failed", color: "var(--sb-failed)" },
  { name: "No result yet", color: "var(--sb-sending)" },
];

interface Messages {
  sent: number;
  delivered: number;
  failed: number;
}

/**
 * Return the figures for the chart of messages. Failed messages include those that were refused and
 * never sent.
 */
export function messageValues({ sent, delivered, failed }: Messages): Record<string, number> {
  return {
    Delivered: delivered,
    Failed: failed,
    "No result yet": Math.max(0, sent - delivered - failed),
  };
}

/**
 * Describe what the chart of messages shows: how many were delivered, their share, and when most
 * were.
 */
export function messagesFinding(points: readonly Point[], period: string): string {
  const delivered = sumOf(points, "Delivered");
  const known = delivered + sumOf(points, "Failed");
  if (known === 0) return `No text delivered in ${period}`;
  const peak = peakOf(points, "Delivered");
  const share = `${formatCount(delivered)} of ${formatCount(known)} texts delivered in ${period}`;
  const most = peak ? `, most ${whenOf(peak)}` : "";
  return `${share} (${formatShare(delivered / known)})${most}`;
}

/** Return the time of a point in words: `on Mar 2`, or with `so far` if its period is not over. */
export function whenOf({ label, isUnfinished }: Point): string {
  return isUnfinished ? `${label} so far` : label;
}

/** Return the text below a bar, in the organisation's time zone. */
export function periodLabel(start: string, unit: Unit, timeZone: string | undefined): string {
  const words: Intl.DateTimeFormatOptions =
    unit === "month" ? { month: "short", year: "numeric" } : { month: "short", day: "numeric" };
  return new Intl.DateTimeFormat(undefined, { ...words, timeZone }).format(new Date(start));
}
