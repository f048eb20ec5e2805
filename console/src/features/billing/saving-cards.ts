import { queries } from "@/client/client";
import { isManager } from "@/client/roles";
import { useUser } from "@/client/use-session";

/**
 * Return whether the user may save a card for the balance that pays: everybody for their own, owners
 * and admins for the organisation's.
 */
export function useMaySaveCard(): boolean {
  const user = useUser();
  const found = queries.useQuery("get", "/api/billing/automatic-top-up");
  return isManager(user) || found.data?.payer === "member";
}
