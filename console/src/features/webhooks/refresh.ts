import { useQueryClient } from "@tanstack/react-query";

const SHOWN = [
  "/api/webhooks/endpoints",
  "/api/webhooks/endpoints/{id}",
  "/api/webhooks/endpoints/{endpointId}/deliveries",
  "/api/webhooks/deliveries/{id}",
] as const;

/** Return a function that fetches again what is shown of endpoints and deliveries. */
export function useRefresh(): () => void {
  const cache = useQueryClient();
  return () => {
    for (const path of SHOWN) void cache.invalidateQueries({ queryKey: ["get", path] });
  };
}
