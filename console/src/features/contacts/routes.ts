import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { contactSearchOf, importSearchOf } from "./search";

export const contactRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/contacts",
    validateSearch: contactSearchOf,
    component: lazyRouteComponent(() => import("./contacts-page"), "ContactsPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/contacts/import",
    validateSearch: importSearchOf,
    component: lazyRouteComponent(() => import("./import/import-page"), "ImportPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/lists",
    component: lazyRouteComponent(() => import("./lists-page"), "ListsPage"),
  }),
] as const;
