import { useQueryClient } from "@tanstack/react-query";
import { queries } from "@/client/client";

/** Read whether two-step sign-in is on and required, and how many recovery codes are left. */
export function useSecondFactor() {
  return queries.useQuery("get", "/api/me/second-factor");
}

/** Return a function that reads the state of two-step sign-in again. */
export function useFreshSecondFactor(): () => void {
  const cache = useQueryClient();
  return () => void cache.invalidateQueries({ queryKey: ["get", "/api/me/second-factor"] });
}
