import { queries } from "@/client/client";

/** Return the currency of the platform's money. All organisations have the same. */
export function useCurrency(): string {
  const balance = queries.useQuery("get", "/api/billing/balance", {}, { staleTime: 30_000 });
  return balance.data?.currency ?? "usd";
}
