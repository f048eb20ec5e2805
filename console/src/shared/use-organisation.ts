import { queries } from "@/client/client";
import { browserZone } from "./zone";

/** The organisation rarely changes, so it is requested at most once an hour. */
const FRESH_MS = 3_600_000;

/** Return the query for the organisation, for screens that can show nothing without it. */
export function useOrganisationQuery() {
  return queries.useQuery("get", "/api/org", {}, { staleTime: FRESH_MS });
}

/** Return the organisation's time zone, or undefined while it is not known. */
export function useKnownTimeZone(): string | undefined {
  return useOrganisationQuery().data?.timeZone;
}

/** Return the organisation's time zone, or the browser's while it is not known. */
export function useTimeZone(): string {
  return useKnownTimeZone() ?? browserZone();
}

/** Return the currency of all amounts. */
export function useCurrency(): string {
  const balance = queries.useQuery("get", "/api/billing/balance");
  return balance.data?.currency ?? "usd";
}
