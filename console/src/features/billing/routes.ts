import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";

interface BillingSearch {
  /** The checkout session from whose payment page somebody comes back. */
  paid?: string;
}

export const billingRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/billing",
    validateSearch: (search: Record<string, unknown>): BillingSearch => ({
      paid: typeof search.paid === "string" ? search.paid : undefined,
    }),
    component: lazyRouteComponent(() => import("./billing-page"), "BillingPage"),
  }),
] as const;
