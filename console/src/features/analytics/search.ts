/** The shown period, which is part of the URL. */
import type { Unit } from "@/shared/charts/usage";

export const PERIODS = [
  { value: "30-days", label: "30 days", unit: "day", count: 30 },
  { value: "90-days", label: "90 days", unit: "day", count: 90 },
  { value: "12-weeks", label: "12 weeks", unit: "week", count: 12 },
  { value: "52-weeks", label: "52 weeks", unit: "week", count: 52 },
  { value: "12-months", label: "12 months", unit: "month", count: 12 },
  { value: "24-months", label: "24 months", unit: "month", count: 24 },
] as const satisfies readonly { value: string; label: string; unit: Unit; count: number }[];

export type Period = (typeof PERIODS)[number];

export interface AnalyticsSearch {
  period?: Period["value"];
}

/** Read the period. Other URL parameters are ignored. */
export function analyticsSearchOf(search: Record<string, unknown>): AnalyticsSearch {
  return { period: PERIODS.find(({ value }) => value === search.period)?.value };
}

/** Return the period that the URL names, or thirty days. */
export function periodOf({ period }: AnalyticsSearch): Period {
  return PERIODS.find(({ value }) => value === period) ?? PERIODS[0];
}
