import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import type { Intent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { isRefusal } from "@/shared/quote/attempt";
import type { PersonalOrder } from "./draft";
import type { LeftOut } from "./people";
import type { PeopleTable } from "./table";
import { resultRows, type TextRow } from "./text-rows";

export interface PersonalSend {
  order: PersonalOrder;
  /** The table at the time of the press, the rows of the recipients, and the rows without one. */
  table: PeopleTable;
  rows: readonly number[];
  leftOut: readonly LeftOut[];
}

export interface PersonalOutcome {
  rows: TextRow[];
  accepted: number;
  priceCents: number;
  isScheduled: boolean;
}

/** Send a batch of personal texts only once, however often the button is pressed. */
export function useSendPersonal(
  intent: Intent,
  onDone: (outcome: PersonalOutcome, send: PersonalSend) => void,
) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ order, rows, leftOut }: PersonalSend): Promise<PersonalOutcome> => {
      const { when, options, ...texts } = order;
      const body = { ...texts, ...when, ...options };
      const headers = intent.headers(order);
      const { data } = await api.POST("/api/sms/batch", { body, headers });
      return {
        rows: resultRows(rows, leftOut, data?.results ?? []),
        accepted: (data?.sent ?? 0) + (data?.scheduled ?? 0),
        priceCents: data?.priceCents ?? 0,
        isScheduled: when.sendAt !== undefined,
      };
    },
    onError: (error) => {
      if (isRefusal(asProblem(error))) intent.done();
    },
    onSuccess: (outcome, send) => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/sms/scheduled"] });
      onDone(outcome, send);
    },
  });
}
