import { queries } from "@/client/client";
import { useTimeZone as useKnownZone } from "@/client/use-time-zone";
import { browserZone } from "./zone";

/** Return the organisation's time zone: the browser's until it is known. */
export function useTimeZone(): string {
  return useKnownZone() ?? browserZone();
}

/** Return the currency of all amounts. */
export function useCurrency(): string {
  const balance = queries.useQuery("get", "/api/billing/balance");
  return balance.data?.currency ?? "usd";
}
