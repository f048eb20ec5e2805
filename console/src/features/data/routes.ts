import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";

export const dataRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/settings/data",
    component: lazyRouteComponent(() => import("./data-page"), "DataPage"),
  }),
] as const;
