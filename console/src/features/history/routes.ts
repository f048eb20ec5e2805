import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { historySearchOf } from "./search";

export const historyRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/messages",
    validateSearch: historySearchOf,
    component: lazyRouteComponent(() => import("./messages-page"), "MessagesPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/messages/exports",
    component: lazyRouteComponent(() => import("./exports-page"), "ExportsPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/messages/$messageId",
    component: lazyRouteComponent(() => import("./message-page"), "MessagePage"),
  }),
] as const;
