import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";

export const numberRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/numbers",
    component: lazyRouteComponent(() => import("./numbers-page"), "NumbersPage"),
  }),
] as const;
