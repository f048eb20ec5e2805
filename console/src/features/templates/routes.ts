import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";

export const templateRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/templates",
    component: lazyRouteComponent(() => import("./templates-page"), "TemplatesPage"),
  }),
] as const;
