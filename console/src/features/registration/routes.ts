import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import { registrationSearchOf } from "./search";

export const registrationRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/registration",
    validateSearch: registrationSearchOf,
    component: lazyRouteComponent(() => import("./registration-page"), "RegistrationPage"),
  }),
] as const;
