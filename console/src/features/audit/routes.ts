import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { type AuditSearch, auditSearchOf } from "./search";

export const auditRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/settings/audit",
    validateSearch: (search): AuditSearch => auditSearchOf(search),
    component: lazyRouteComponent(() => import("./audit-page"), "AuditPage"),
  }),
] as const;
