import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";

export const dashboardRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/",
    component: lazyRouteComponent(() => import("./dashboard-page"), "DashboardPage"),
  }),
] as const;
