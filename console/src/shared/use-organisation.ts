import { queries } from "@/client/client";
import { browserZone } from "./zone";

/** The name of a zone rarely changes: it is asked for once an hour. */
const FRESH_MS = 3_600_000;

/** Return the organisation's time zone, or undefined while it is not known. */
export function useKnownTimeZone(): string | undefined {
  return queries.useQuery("get", "/api/org", {}, { staleTime: FRESH_MS }).data?.timeZone;
}

/** Return the organisation's time zone: the browser's until it is known. */
export function useTimeZone(): string {
  return useKnownTimeZone() ?? browserZone();
}

/** Return the currency of all amounts. */
export function useCurrency(): string {
  const balance = queries.useQuery("get", "/api/billing/balance");
  return balance.data?.currency ?? "usd";
}
