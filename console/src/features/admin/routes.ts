import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { auditSearchOf, deadLetterSearchOf, organisationSearchOf, userSearchOf } from "./search";

export const adminRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/admin",
    component: lazyRouteComponent(() => import("./platform-page"), "PlatformPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/admin/users",
    validateSearch: userSearchOf,
    component: lazyRouteComponent(() => import("./users-page"), "UsersPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/admin/organisations",
    validateSearch: organisationSearchOf,
    component: lazyRouteComponent(() => import("./organisations-page"), "OrganisationsPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/admin/audit",
    validateSearch: auditSearchOf,
    component: lazyRouteComponent(() => import("./audit-page"), "PlatformAuditPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/admin/dead-letters",
    validateSearch: deadLetterSearchOf,
    component: lazyRouteComponent(
      () => import("./dead-letters/dead-letters-page"),
      "DeadLettersPage",
    ),
  }),
] as const;
