import type { Message } from "@generated/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useInterval } from "@/client/use-live";
import { type Thread, withNewest, withOlder, withSent } from "./thread";

const ASK_EVERY_MS = 5_000;
const PAGE = 50;
/** Messages per page while a certain message is searched for. */
const SEARCH_PAGE = 200;
const MOST_SEARCH_PAGES = 30;
const ROUTE = "/api/messages/thread/{contactId}";

/**
 * The messages to and from a contact. Only the newest page is requested again. Older pages of a
 * long conversation stay as they were loaded.
 */
export function useThread(contactId: string) {
  const cache = useQueryClient();
  const key = ["get", ROUTE, contactId];
  const known = () => cache.getQueryData<Thread>(key);
  const interval = useInterval(ASK_EVERY_MS);
  const thread = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) =>
      withNewest(known(), await pageOf(contactId, { limit: PAGE }, signal)),
    refetchInterval: interval,
    // It compares by position. After older messages were put first, it would make all of them anew,
    // and each bubble would be drawn again. `withNewest` keeps what has not changed.
    structuralSharing: false,
  });
  const older = useMutation({
    mutationFn: async (limit: number) => {
      const cursor = known()?.olderCursor;
      if (!cursor) return;
      const page = await pageOf(contactId, { limit, cursor });
      cache.setQueryData<Thread>(key, (now) => now && withOlder(now, page));
    },
  });
  return {
    thread,
    older,
    loadOlder: () => older.mutate(PAGE),
    /** Loads older pages until they contain the message. */
    reach: async (messageId: string) => {
      for (let page = 0; page < MOST_SEARCH_PAGES; page += 1) {
        const now = known();
        if (!now?.olderCursor || now.items.some(({ id }) => id === messageId)) return;
        await older.mutateAsync(SEARCH_PAGE);
      }
    },
    /** Requests the newest messages now, and returns the conversation. */
    renew: async () => {
      const page = await pageOf(contactId, { limit: PAGE });
      return cache.setQueryData<Thread>(key, (now) => withNewest(now, page));
    },
    add: (message: Message) =>
      cache.setQueryData<Thread>(key, (now) => now && withSent(now, message)),
  };
}

export type ThreadOnPage = ReturnType<typeof useThread>;

interface Wanted {
  limit: number;
  cursor?: string;
}

async function pageOf(contactId: string, query: Wanted, signal?: AbortSignal) {
  const params = { path: { contactId }, query };
  const { data } = await api.GET(ROUTE, { params, signal });
  if (!data) throw new Error("The conversation is missing.");
  return data;
}
