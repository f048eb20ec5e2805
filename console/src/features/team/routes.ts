import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";

export const teamRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/settings/members",
    component: lazyRouteComponent(() => import("./team-page"), "TeamPage"),
  }),
] as const;
