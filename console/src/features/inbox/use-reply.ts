import type { Message } from "@generated/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { useUser } from "@/client/use-session";
import { useDraft, useDraftIntent } from "@/shared/drafts";
import { unseenAnswers } from "./thread";
import type { ThreadOnPage } from "./use-thread";

/**
 * The draft of an answer and its sending. Before it is sent, the conversation is read again: what a
 * colleague has answered meanwhile is shown first, and takes another press.
 */
export function useReply(contactId: string, page: ThreadOnPage) {
  const name = `reply:${contactId}`;
  const [message, setMessage, forget] = useDraft(name, "");
  const intent = useDraftIntent(name);
  const user = useUser();
  const cache = useQueryClient();
  const [colleagues, setColleagues] = useState<Message[]>([]);
  const send = useMutation({
    mutationFn: async (text: string) => {
      const shown = new Set(page.thread.data?.items.map(({ id }) => id));
      const now = await page.renew();
      const unseen = now ? unseenAnswers(now, shown, user.id) : [];
      if (unseen.length > 0) return { unseen, sent: undefined };
      const body = { contactId, message: text };
      const headers = intent.headers(body);
      return { unseen, sent: (await api.POST("/api/messages/reply", { body, headers })).data };
    },
    onSuccess: ({ unseen, sent }) => {
      setColleagues(unseen);
      if (!sent) return;
      intent.done();
      forget();
      page.add(sent);
      void cache.invalidateQueries({ queryKey: ["get", "/api/messages/threads"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
    },
  });
  return { message, setMessage, send, colleagues };
}

export type Reply = ReturnType<typeof useReply>;
