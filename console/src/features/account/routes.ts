import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";

export const accountRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/settings/account",
    component: lazyRouteComponent(() => import("./account-page"), "AccountPage"),
  }),
] as const;
