/** The API requests of the events' screens. */
import type { AudienceInput, EventNotificationTypeInput } from "@generated/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { useInterval } from "@/client/use-live";

const LIVE_MS = 4_000;
const MOST_NUMBERS = 1_000;
const PAGE = 200;

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

/** How many attendees an audience has, and up to a thousand of their numbers. */
export interface AudienceSize {
  numbers: string[];
  withoutPhone: number;
  /** Whether there are more attendees than were read. */
  isPartial: boolean;
}

/**
 * The phone numbers of an audience, for the price of a text to it. Not possible for matched
 * attendees, because the API has no filter for them.
 */
export function useAudience(eventId: string, audience: AudienceInput) {
  return useQuery({
    queryKey: ["get", "/api/events/{eventId}/attendees", "audience", eventId, audience],
    enabled: audience !== "matched",
    queryFn: ({ signal }) => readAudience(eventId, audience, signal),
  });
}

async function readAudience(
  eventId: string,
  audience: AudienceInput,
  signal: AbortSignal,
): Promise<AudienceSize> {
  const rsvpStatus =
    audience === "coming" ? "yes" : audience === "not_answered" ? "pending" : undefined;
  const found: AudienceSize = { numbers: [], withoutPhone: 0, isPartial: false };
  let cursor: string | undefined;
  do {
    const query = { rsvpStatus, limit: PAGE, cursor } as const;
    const params = { path: { eventId }, query };
    const { data } = await api.GET("/api/events/{eventId}/attendees", { params, signal });
    for (const { phone } of data?.items ?? []) {
      if (phone) found.numbers.push(phone);
      else found.withoutPhone += 1;
    }
    cursor = data?.nextCursor ?? undefined;
    found.isPartial = cursor !== undefined;
  } while (cursor && found.numbers.length + PAGE <= MOST_NUMBERS);
  return found;
}

interface Order {
  notificationType: EventNotificationTypeInput;
  audience: AudienceInput;
  message: string;
}

/** Send a text to the attendees of an audience, only once. */
export function useNotify(eventId: string) {
  const intent = useIntent();
  const refresh = useStaleEvents();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: Order) => {
      const params = { path: { eventId } };
      const headers = intent.headers(body);
      return (await api.POST("/api/events/{eventId}/notify", { params, body, headers })).data;
    },
    onSuccess: () => {
      intent.done();
      refresh();
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
    },
  });
}
