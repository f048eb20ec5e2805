import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { scheduledSearchOf } from "./search";

interface PaidSearch {
  /** The checkout session, if the user returns from its payment page. */
  paid?: string;
}

interface SendSearch extends PaidSearch {
  /** The contact who is texted. */
  contact?: string;
}

export const sendRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/send",
    validateSearch: (search: Record<string, unknown>): SendSearch => ({
      contact: typeof search.contact === "string" ? search.contact : undefined,
      paid: typeof search.paid === "string" ? search.paid : undefined,
    }),
    component: lazyRouteComponent(() => import("./quick-send-page"), "QuickSendPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/send/personal",
    validateSearch: (search: Record<string, unknown>): PaidSearch => ({
      paid: typeof search.paid === "string" ? search.paid : undefined,
    }),
    component: lazyRouteComponent(() => import("./personal/personal-page"), "PersonalPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/send/scheduled",
    validateSearch: scheduledSearchOf,
    component: lazyRouteComponent(() => import("./scheduled-page"), "ScheduledPage"),
  }),
] as const;
