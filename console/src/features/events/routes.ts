import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { attendeeSearchOf } from "./search";

export const eventRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/events",
    component: lazyRouteComponent(() => import("./events-page"), "EventsPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/events/$eventId",
    validateSearch: attendeeSearchOf,
    component: lazyRouteComponent(() => import("./event-page"), "EventPage"),
  }),
] as const;
