import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";

export const sendingRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/settings/sending",
    component: lazyRouteComponent(() => import("./sending-page"), "SendingPage"),
  }),
] as const;
