import { queries } from "@/client/client";
import { browserZone } from "./zone";

const FRESH_MS = 5 * 60_000;

/** Return the organisation's time zone: the browser's until it is known. */
export function useTimeZone(): string {
  const organisation = queries.useQuery("get", "/api/org", {}, { staleTime: FRESH_MS });
  return organisation.data?.timeZone ?? browserZone();
}

/** Return the currency of all amounts. */
export function useCurrency(): string {
  const balance = queries.useQuery("get", "/api/billing/balance");
  return balance.data?.currency ?? "usd";
}
