/** The API requests of the campaigns' screens. */
import { keepPreviousData, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { PAGES } from "@/client/pages";
import { useInterval } from "@/client/use-live";
import type { CampaignSearch } from "./search";
import { isMoving } from "./words";

const LIVE_MS = 2_000;

/** The campaigns of a search, page by page. They are requested again while one of them changes. */
export function useCampaigns({ status, search }: CampaignSearch) {
  const interval = useInterval(LIVE_MS * 5);
  return queries.useInfiniteQuery(
    "get",
    "/api/campaigns",
    { params: { query: { status: status && [status], search, limit: 50 } } },
    {
      ...PAGES,
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) =>
        state.data?.pages.some((page) => page.items.some(({ status }) => status === "running"))
          ? interval
          : false,
    },
  );
}

/** One campaign. It is requested again while it changes. */
export function useCampaign(id: string) {
  const interval = useInterval(LIVE_MS);
  return queries.useQuery(
    "get",
    "/api/campaigns/{id}",
    { params: { path: { id } } },
    {
      refetchInterval: ({ state }) =>
        state.data && isMoving(state.data.status) ? interval : false,
    },
  );
}

/** A campaign's progress, and the results of its messages. */
export function useMetrics(id: string, isLive: boolean) {
  const interval = useInterval(LIVE_MS);
  return queries.useQuery(
    "get",
    "/api/campaigns/{id}/metrics",
    { params: { path: { id } } },
    { refetchInterval: isLive && interval },
  );
}

/** The failures of a campaign, grouped by reason. */
export function useFailures(id: string, isLive: boolean) {
  const interval = useInterval(4 * LIVE_MS);
  return queries.useQuery(
    "get",
    "/api/campaigns/{id}/errors",
    { params: { path: { id } } },
    { refetchInterval: isLive && interval },
  );
}

type Action = "pause" | "resume" | "cancel" | "unschedule" | "duplicate";

/** Pause, resume, cancel or unschedule a campaign, or copy it into a new draft. */
export function useCampaignAction(id: string) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (action: Action) => {
      const params = { path: { id } };
      const headers = intent.headers(action);
      if (action === "pause")
        return (await api.PATCH("/api/campaigns/{id}/pause", { params })).data;
      if (action === "cancel")
        return (await api.PATCH("/api/campaigns/{id}/cancel", { params })).data;
      if (action === "resume") {
        return (await api.PATCH("/api/campaigns/{id}/resume", { params, body: {} })).data;
      }
      if (action === "unschedule") {
        const body = { unschedule: true };
        return (await api.PATCH("/api/campaigns/{id}", { params, body })).data;
      }
      return (await api.POST("/api/campaigns/{id}/duplicate", { params, headers })).data;
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns/{id}"] });
    },
  });
}
