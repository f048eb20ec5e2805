import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { useStaleEvents } from "./queries";

/** The statuses of a text that did not arrive. */
export const FAILED: ReadonlySet<string> = new Set(["failed", "undelivered"]);

export interface RetryOrder {
  messageId?: string;
  retryAll?: boolean;
  force?: boolean;
}

/** Send failed texts of an attendee again, only once for each press. */
export function useRetry(eventId: string, attendeeId: string) {
  const intent = useIntent();
  const refresh = useStaleEvents();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: RetryOrder) => {
      const params = { path: { eventId, attendeeId } };
      const headers = intent.headers(body);
      const route = "/api/events/{eventId}/attendees/{attendeeId}/sms-retry";
      return (await api.POST(route, { params, body, headers })).data;
    },
    onSuccess: () => {
      intent.done();
      refresh();
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
    },
  });
}
