import type { BatchError } from "@generated/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import type { Intent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { isRefusal } from "@/shared/quote/attempt";
import type { Order } from "./order";

export interface Outcome {
  /** The messages that were accepted for sending. */
  messageIds: string[];
  /** The recipients who get no text, with the reasons. */
  errors: BatchError[];
  /** How many numbers repeat an earlier one, which is texted. */
  duplicates: number;
  priceCents: number;
  /** Whether the messages are scheduled for later. */
  isScheduled: boolean;
}

/** Send an order only once, however often the button is pressed. */
export function useSend(intent: Intent, onDone: (outcome: Outcome) => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (order: Order) => {
      const headers = intent.headers(order);
      const isBatch = order.contactId === null && order.numbers.length > 1;
      return isBatch ? sendBatch(order, headers) : sendOne(order, headers);
    },
    onError: (error) => {
      if (isRefusal(asProblem(error))) intent.done();
    },
    onSuccess: (outcome) => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/sms/scheduled"] });
      onDone(outcome);
    },
  });
}

type Headers = ReturnType<Intent["headers"]>;

async function sendOne(order: Order, headers: Headers): Promise<Outcome> {
  const { contactId, numbers, message, templateId, variables, mediaUrls, priceVersion } = order;
  const { when, options } = order;
  const { data } = await api.POST("/api/sms/send", {
    body: {
      ...(contactId ? { contactId } : { to: numbers[0] }),
      ...(templateId ? { templateId } : { message }),
      variables,
      mediaUrls,
      priceVersion,
      ...when,
      ...options,
    },
    headers,
  });
  return {
    messageIds: data ? [data.id] : [],
    errors: [],
    duplicates: 0,
    priceCents: data?.priceCents ?? 0,
    isScheduled: when.sendAt !== undefined,
  };
}

/** Send a batch. Everybody gets the same text, so its placeholders are filled before. */
async function sendBatch(order: Order, headers: Headers): Promise<Outcome> {
  const { numbers, mediaUrls, priceVersion, when, options } = order;
  const message = await filled(order);
  const { data } = await api.POST("/api/sms/batch", {
    body: { numbers, message, mediaUrls, priceVersion, ...when, ...options },
    headers,
  });
  return {
    messageIds: data?.messageIds ?? [],
    // A duplicate must not stay in the box: another press would text the person again.
    errors: (data?.errors ?? []).filter(({ code }) => code !== "duplicate"),
    duplicates: data?.duplicates ?? 0,
    priceCents: data?.priceCents ?? 0,
    isScheduled: when.sendAt !== undefined,
  };
}

async function filled({ message, variables }: Order): Promise<string> {
  if (Object.keys(variables).length === 0) return message;
  const body = { content: message, sampleData: variables };
  const { data } = await api.POST("/api/templates/preview", { body });
  return data?.preview ?? message;
}
