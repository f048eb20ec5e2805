/** The requested range: the period, and the previous period to compare it with. */
import { localOf } from "@/shared/zone";
import type { Period } from "./search";

const DAY_MS = 86_400_000;

/**
 * Return the first day of twice the period that ends today, such as `2026-03-01`, on the calendar
 * of the organisation's zone.
 */
export function firstDay({ unit, count }: Pick<Period, "unit" | "count">, now: Date, zone: string) {
  const today = new Date(`${localOf(now, zone).slice(0, 10)}T00:00:00Z`);
  const back = 2 * count - 1;
  if (unit === "month") {
    return dayOf(new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - back, 1)));
  }
  const days = unit === "week" ? 7 * back : back;
  return dayOf(new Date(today.getTime() - days * DAY_MS));
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
