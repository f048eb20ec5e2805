import { queries } from "@/client/client";

/** As many lists as the API returns at once. */
const MOST_LISTS = 200;

/** The organisation's contact lists and segments that people choose from, newest first. */
export function useContactLists() {
  return queries.useQuery("get", "/api/contact-lists", {
    params: { query: { limit: MOST_LISTS } },
  });
}
