import { useQueryClient } from "@tanstack/react-query";
import { queries } from "@/client/client";

/** Whether two-step sign-in is on, is required, and how many recovery codes are left. */
export function useSecondFactor() {
  return queries.useQuery("get", "/api/me/second-factor");
}

/** Return the function that reads the state of two-step sign-in again. */
export function useFreshSecondFactor(): () => void {
  const cache = useQueryClient();
  return () => void cache.invalidateQueries({ queryKey: ["get", "/api/me/second-factor"] });
}
