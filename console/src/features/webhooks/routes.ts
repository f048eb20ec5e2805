import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { deliverySearchOf } from "./search";

export const webhookRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/settings/webhooks",
    component: lazyRouteComponent(() => import("./webhooks-page"), "WebhooksPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/settings/webhooks/listeners",
    component: lazyRouteComponent(() => import("./listeners-page"), "ListenersPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/settings/webhooks/$endpointId",
    validateSearch: deliverySearchOf,
    component: lazyRouteComponent(() => import("./endpoint-page"), "EndpointPage"),
  }),
] as const;
