/** The API requests of the events' screens. */
import type { AudienceInput, EventNotificationTypeInput } from "@generated/api";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import type { Intent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { isRefusal } from "@/shared/quote/attempt";

const LIVE_MS = 4_000;
/** The price counts every attendee, so it waits for a pause in the typing. */
const AFTER_LAST_KEY_MS = 600;

/** Return a function that fetches everything again that is shown about events. */
export function useStaleEvents() {
  const cache = useQueryClient();
  return () => {
    const isOfEvents = (key: unknown) => typeof key === "string" && key.startsWith("/api/events");
    void cache.invalidateQueries({ predicate: ({ queryKey }) => isOfEvents(queryKey[1]) });
  };
}

/** One event. */
export function useEvent(eventId: string) {
  return queries.useQuery("get", "/api/events/{eventId}", { params: { path: { eventId } } });
}

/**
 * The latest messages to many attendees. They are requested again while one of them is being sent.
 */
export function useNotifications(eventId: string) {
  const interval = useInterval(LIVE_MS);
  return queries.useQuery(
    "get",
    "/api/events/{eventId}/notifications",
    { params: { path: { eventId }, query: { limit: 20 } } },
    {
      refetchInterval: ({ state }) =>
        state.data?.items.some(({ status, metrics }) => status === "running" || metrics?.pending)
          ? interval
          : false,
    },
  );
}

/** The summary of an event's messages. */
export function useSummary(eventId: string) {
  const interval = useInterval(LIVE_MS);
  return queries.useQuery(
    "get",
    "/api/events/{eventId}/sms-summary",
    { params: { path: { eventId } } },
    {
      refetchInterval: ({ state }) =>
        state.data && state.data.byStatus.queued + state.data.byStatus.sent > 0 ? interval : false,
    },
  );
}

/** The texts that an event uses for each type of notification. */
export function useTexts(eventId: string) {
  return queries.useQuery("get", "/api/events/{eventId}/texts", {
    params: { path: { eventId } },
  });
}

/** A message to the attendees of an audience. */
export interface Order {
  notificationType: EventNotificationTypeInput;
  audience: AudienceInput;
  message: string;
}

/**
 * The exact price of a text to an audience, for which the text of every attendee is counted. It is
 * requested shortly after the last key press. Meanwhile the previous price is kept and marked as
 * old.
 */
export function useNotificationQuote(eventId: string, order: Order) {
  const wanted = JSON.stringify(order);
  const [asked] = useDebouncedValue(wanted, AFTER_LAST_KEY_MS);
  const body: Order = JSON.parse(asked);
  const quote = queries.useQuery(
    "post",
    "/api/events/{eventId}/notify/quote",
    { params: { path: { eventId } }, body },
    { enabled: body.message.trim() !== "", placeholderData: keepPreviousData },
  );
  const isEmpty = order.message.trim() === "";
  return {
    quote: isEmpty ? undefined : quote.data,
    isStale: asked !== wanted || quote.isPlaceholderData,
    error: isEmpty || asked !== wanted ? null : quote.error,
    /** Requests the price again, for example after it has changed. */
    renew: () => void quote.refetch(),
  };
}

export type NotificationPrice = ReturnType<typeof useNotificationQuote>;

/** Send a text to the attendees of an audience at the price that was shown, only once. */
export function useNotify(eventId: string, intent: Intent) {
  const refresh = useStaleEvents();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: Order & { priceVersion: string }) => {
      const params = { path: { eventId } };
      const headers = intent.headers(body);
      return (await api.POST("/api/events/{eventId}/notify", { params, body, headers })).data;
    },
    onError: (error) => {
      if (isRefusal(asProblem(error))) intent.done();
    },
    onSuccess: () => {
      intent.done();
      refresh();
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
    },
  });
}
