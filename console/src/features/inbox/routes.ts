import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { inboxSearchOf } from "./search";

export const inboxRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/inbox",
    validateSearch: inboxSearchOf,
    component: lazyRouteComponent(() => import("./inbox-page"), "InboxPage"),
  }),
] as const;
