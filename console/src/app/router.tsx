import { createRouter } from "@tanstack/react-router";
import { billingRoutes } from "@/features/billing/routes";
import { campaignRoutes } from "@/features/campaigns/routes";
import { contactRoutes } from "@/features/contacts/routes";
import { dashboardRoutes } from "@/features/dashboard/routes";
import { inboxRoutes } from "@/features/inbox/routes";
import { sendRoutes } from "@/features/send/routes";
import { signInRoutes } from "@/features/sign-in/routes";
import { appRoute, rootRoute } from "./root-routes";
import { ScreenError } from "./screen-error";

const routeTree = rootRoute.addChildren([
  ...signInRoutes,
  appRoute.addChildren([
    ...dashboardRoutes,
    ...sendRoutes,
    ...campaignRoutes,
    ...billingRoutes,
    ...contactRoutes,
    ...inboxRoutes,
  ]),
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
