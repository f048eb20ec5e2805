import { createRouter } from "@tanstack/react-router";
import { accountRoutes } from "@/features/account/routes";
import { adminRoutes } from "@/features/admin/routes";
import { analyticsRoutes } from "@/features/analytics/routes";
import { auditRoutes } from "@/features/audit/routes";
import { billingRoutes } from "@/features/billing/routes";
import { campaignRoutes } from "@/features/campaigns/routes";
import { contactRoutes } from "@/features/contacts/routes";
import { dashboardRoutes } from "@/features/dashboard/routes";
import { dataRoutes } from "@/features/data/routes";
import { eventRoutes } from "@/features/events/routes";
import { historyRoutes } from "@/features/history/routes";
import { inboxRoutes } from "@/features/inbox/routes";
import { keyRoutes } from "@/features/keys/routes";
import { numberRoutes } from "@/features/numbers/routes";
import { registrationRoutes } from "@/features/registration/routes";
import { requestLogRoutes } from "@/features/request-log/routes";
import { sendRoutes } from "@/features/send/routes";
import { sendingRoutes } from "@/features/sending/routes";
import { signInRoutes } from "@/features/sign-in/routes";
import { teamRoutes } from "@/features/team/routes";
import { templateRoutes } from "@/features/templates/routes";
import { webhookRoutes } from "@/features/webhooks/routes";
import { appRoute, rootRoute } from "./root-routes";
import { ScreenError } from "./screen-error";

const routeTree = rootRoute.addChildren([
  ...signInRoutes,
  appRoute.addChildren([
    ...dashboardRoutes,
    ...analyticsRoutes,
    ...sendRoutes,
    ...campaignRoutes,
    ...billingRoutes,
    ...contactRoutes,
    ...inboxRoutes,
    ...historyRoutes,
    ...eventRoutes,
    ...templateRoutes,
    ...accountRoutes,
    ...numberRoutes,
    ...sendingRoutes,
    ...registrationRoutes,
    ...teamRoutes,
    ...keyRoutes,
    ...dataRoutes,
    ...requestLogRoutes,
    ...webhookRoutes,
    ...adminRoutes,
    ...auditRoutes,
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
