import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { ifUnchanged } from "@/client/versions";

interface Order {
  priceVersion: string;
  /** The time at which it starts by itself, or null for now. */
  scheduleAt: string | null;
}

/** Start or schedule the campaign once, at the price and in the version that was shown. */
export function useStart(campaignId: string, version: number | undefined) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (order: Order) => {
      const { priceVersion, scheduleAt } = order;
      const params = { path: { id: campaignId } };
      if (scheduleAt !== null) {
        const body = { priceVersion, scheduleAt };
        const headers = version === undefined ? {} : ifUnchanged(version);
        return (await api.PATCH("/api/campaigns/{id}", { params, body, headers })).data;
      }
      const headers = intent.headers(order);
      const body = { priceVersion };
      return (await api.POST("/api/campaigns/{id}/send", { params, body, headers })).data;
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns/{id}"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
    },
    // The price or the text may have changed since: the next press confirms the new one.
    onError: () => {
      void cache.invalidateQueries({ queryKey: ["post", "/api/campaigns/{id}/quote"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns/{id}"] });
    },
  });
}
