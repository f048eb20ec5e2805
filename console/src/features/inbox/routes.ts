import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";

export interface InboxSearch {
  /** The contact whose conversation is open. */
  contact?: string;
  unread?: boolean;
}

export const inboxRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/inbox",
    validateSearch: (search: Record<string, unknown>): InboxSearch => ({
      contact: typeof search.contact === "string" ? search.contact : undefined,
      unread: search.unread === true ? true : undefined,
    }),
    component: lazyRouteComponent(() => import("./inbox-page"), "InboxPage"),
  }),
] as const;
