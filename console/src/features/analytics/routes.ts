import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { type AnalyticsSearch, analyticsSearchOf } from "./search";

export const analyticsRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/analytics",
    validateSearch: (search): AnalyticsSearch => analyticsSearchOf(search),
    component: lazyRouteComponent(() => import("./analytics-page"), "AnalyticsPage"),
  }),
] as const;
