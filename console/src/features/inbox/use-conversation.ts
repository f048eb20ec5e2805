import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, queries } from "@/client/client";

const READ_AFTER_MS = 1_000;
const THREADS = ["get", "/api/messages/threads"];

/**
 * Read the conversation with a contact, even if it is archived. Null before the first message.
 */
export function useConversation(contactId: string) {
  const open = queries.useQuery("get", "/api/messages/threads", {
    params: { query: { contactId } },
  });
  const isMissing = open.data?.items.length === 0;
  const archived = queries.useQuery(
    "get",
    "/api/messages/threads",
    { params: { query: { contactId, archived: true } } },
    { enabled: isMissing },
  );
  const found = open.data?.items[0] ?? archived.data?.items[0];
  return found ?? (isMissing && archived.data ? null : undefined);
}

/** Mark a conversation as read once its unread messages have been visible for a second. */
export function useMarkAsRead(contactId: string, unreadCount: number): void {
  const cache = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: async () =>
      api.POST("/api/messages/threads/{contactId}/read", { params: { path: { contactId } } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: THREADS }),
  });
  useEffect(() => {
    if (unreadCount === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const watch = () => {
      clearTimeout(timer);
      if (!document.hidden) timer = setTimeout(() => mutate(), READ_AFTER_MS);
    };
    watch();
    document.addEventListener("visibilitychange", watch);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", watch);
    };
  }, [unreadCount, mutate]);
}

/** Mark a contact's last message as unread. */
export function useMarkAsUnread(onDone: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (messageId: string) =>
      api.PATCH("/api/messages/{id}/read", {
        params: { path: { id: messageId } },
        body: { read: false },
      }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: THREADS });
      onDone();
    },
  });
}

/** Archive a conversation, or bring it back. */
export function useArchive(contactId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (isArchived: boolean) => {
      const params = { path: { contactId } };
      if (isArchived) await api.POST("/api/messages/threads/{contactId}/archive", { params });
      else await api.POST("/api/messages/threads/{contactId}/unarchive", { params });
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: THREADS }),
  });
}
