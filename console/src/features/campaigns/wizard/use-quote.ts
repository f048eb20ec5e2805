import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "@/client/client";

const FRESH_MS = 60_000;

/**
 * The price of a campaign. Every recipient is checked, which takes up to 45 seconds. So the steps
 * share the answer for a minute, and the request can be stopped.
 */
export function useCampaignQuote(campaignId: string) {
  const cache = useQueryClient();
  const [isStopped, setStopped] = useState(false);
  const init = { params: { path: { id: campaignId } } };
  const quote = queries.useQuery("post", "/api/campaigns/{id}/quote", init, {
    staleTime: FRESH_MS,
    retry: false,
    enabled: !isStopped,
  });
  const { queryKey } = queries.queryOptions("post", "/api/campaigns/{id}/quote", init);
  return {
    data: quote.data,
    error: quote.error,
    isAsking: quote.isFetching,
    isStopped,
    stop: () => {
      setStopped(true);
      void cache.cancelQueries({ queryKey });
    },
    ask: () => {
      if (isStopped) setStopped(false);
      else void quote.refetch();
    },
  };
}

export type CampaignPrice = ReturnType<typeof useCampaignQuote>;
