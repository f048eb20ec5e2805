import { createRouter } from "@tanstack/react-router";
import { dashboardRoutes } from "@/features/dashboard/routes";
import { sendRoutes } from "@/features/send/routes";
import { signInRoutes } from "@/features/sign-in/routes";
import { appRoute, rootRoute } from "./root-routes";
import { ScreenError } from "./screen-error";

const routeTree = rootRoute.addChildren([
  ...signInRoutes,
  appRoute.addChildren([...dashboardRoutes, ...sendRoutes]),
]);

/** Return the router of all screens. */
export function createAppRouter() {
  return createRouter({
    routeTree,
    defaultPreload: "intent",
    scrollRestoration: true,
    defaultErrorComponent: ScreenError,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
