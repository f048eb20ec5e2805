import type { Message } from "@generated/api";
import { notifications } from "@mantine/notifications";
import { useMutation, useMutationState, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { useUser } from "@/client/use-session";
import { useDraft, useDraftIntent } from "@/shared/drafts";
import { AT_ONCE, type SendTime } from "@/shared/send-later";
import { unseenAnswers } from "./thread";
import type { ThreadOnPage } from "./use-thread";

interface Answer {
  text: string;
  /** The time to send at, or nothing to send at once. */
  when: SendTime;
  /** The number to send from, or empty for the number of the conversation. */
  from: string;
}

/**
 * The draft of an answer, and the function that sends it. Before it is sent, the conversation is
 * read again. If a colleague has answered meanwhile, that answer is shown first, and the user must
 * press again.
 */
export function useReply(contactId: string, page: ThreadOnPage) {
  const name = `reply:${contactId}`;
  const [message, setMessage, forget] = useDraft(name, "");
  // It is stored with the text: an answer that is sent later must not be sent at once after a
  // reload, or, if it was accepted already, once more.
  const [departure, setDeparture, forgetDeparture] = useDraft(`${name}:departure`, AT_ONCE);
  const [from, setFrom, forgetFrom] = useDraft(`${name}:from`, "");
  const intent = useDraftIntent(name);
  const user = useUser();
  const cache = useQueryClient();
  const [colleagues, setColleagues] = useState<Message[]>([]);
  const send = useMutation({
    mutationKey: sendingKey(contactId),
    mutationFn: async ({ text, when, from }: Answer) => {
      const shown = new Set(page.thread.data?.items.map(({ id }) => id));
      const now = await page.renew();
      const unseen = now ? unseenAnswers(now, shown, user.id) : [];
      if (unseen.length > 0) return { unseen, sent: undefined };
      const body = { contactId, message: text, ...when, ...(from ? { from } : {}) };
      const headers = intent.headers(body);
      return { unseen, sent: (await api.POST("/api/messages/reply", { body, headers })).data };
    },
    onSuccess: ({ unseen, sent }, { when }) => {
      setColleagues(unseen);
      if (!sent) return;
      intent.done();
      forget();
      forgetDeparture();
      forgetFrom();
      if (when.sendAt) notifications.show({ message: "The reply is scheduled." });
      else page.add(sent);
      void cache.invalidateQueries({ queryKey: ["get", "/api/sms/scheduled"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/messages/threads"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
    },
  });
  return { message, setMessage, departure, setDeparture, from, setFrom, send, colleagues };
}

/** Return the text of the answer that is being sent to the server, or null. */
export function usePendingReply(contactId: string): string | null {
  const [pending] = useMutationState({
    filters: { mutationKey: sendingKey(contactId), exact: true, status: "pending" },
    select: ({ state }) => (state.variables as Answer).text,
  });
  return pending ?? null;
}

const sendingKey = (contactId: string) => ["reply", contactId];

export type Reply = ReturnType<typeof useReply>;
