import { queries } from "@/client/client";

/** The carriers' error codes with their titles. They seldom change. */
export function useErrorCodes() {
  return queries.useQuery("get", "/api/messages/error-codes", {}, { staleTime: 3_600_000 });
}
