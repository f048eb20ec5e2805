import { queries } from "./client";

/** The name of a zone rarely changes: it is asked for once an hour. */
const FRESH_MS = 3_600_000;

/** Return the organisation's zone, or undefined while it is not known: then the browser's counts. */
export function useTimeZone(): string | undefined {
  return queries.useQuery("get", "/api/org", {}, { staleTime: FRESH_MS }).data?.timeZone;
}
