import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";

export const sendRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/send",
    component: lazyRouteComponent(() => import("./quick-send-page"), "QuickSendPage"),
  }),
] as const;
