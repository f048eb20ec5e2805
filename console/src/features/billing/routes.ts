import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { takeReturn } from "@/shared/return-to";

interface BillingSearch {
  /** The checkout session, if the user returns from its payment page. */
  paid?: string;
  /** The amount of a top-up to begin with, in cents. */
  topUp?: number;
}

export const billingRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/billing",
    validateSearch: (search: Record<string, unknown>): BillingSearch => ({
      paid: typeof search.paid === "string" ? search.paid : undefined,
      topUp: Number.isSafeInteger(search.topUp) ? Number(search.topUp) : undefined,
    }),
    // If the payment was begun on another screen, return to that screen.
    beforeLoad: ({ search: { paid } }) => {
      const path = paid ? takeReturn() : null;
      if (path) throw redirect({ href: `${path}?paid=${encodeURIComponent(paid ?? "")}` });
    },
    component: lazyRouteComponent(() => import("./billing-page"), "BillingPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/billing/settings",
    component: lazyRouteComponent(() => import("./settings-page"), "BillingSettingsPage"),
  }),
] as const;
