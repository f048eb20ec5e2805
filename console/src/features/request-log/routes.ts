import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { type RequestLogSearch, requestLogSearchOf } from "./search";

export const requestLogRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/settings/request-log",
    validateSearch: (search): RequestLogSearch => requestLogSearchOf(search),
    component: lazyRouteComponent(() => import("./request-log-page"), "RequestLogPage"),
  }),
] as const;
