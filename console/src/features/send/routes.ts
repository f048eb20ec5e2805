import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { scheduledSearchOf } from "./search";

export const sendRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/send",
    component: lazyRouteComponent(() => import("./quick-send-page"), "QuickSendPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/send/scheduled",
    validateSearch: scheduledSearchOf,
    component: lazyRouteComponent(() => import("./scheduled-page"), "ScheduledPage"),
  }),
] as const;
