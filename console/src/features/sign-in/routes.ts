import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "@/app/root-routes";

interface NextSearch {
  /** The path to open after the sign-in. */
  next?: string;
}

interface TokenSearch {
  /** The token of a mailed link. */
  token?: string;
}

const nextOf = (search: Record<string, unknown>): NextSearch => ({
  next: isOwnAddress(search.next) ? search.next : undefined,
});

const tokenOf = (search: Record<string, unknown>): TokenSearch => ({
  token: typeof search.token === "string" ? search.token : undefined,
});

/** Return whether the path belongs to the console, so that a sign-in never opens another site. */
function isOwnAddress(next: unknown): next is string {
  return typeof next === "string" && next.startsWith("/") && !next.startsWith("//");
}

export const signInRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/sign-in",
    validateSearch: nextOf,
    component: lazyRouteComponent(() => import("./sign-in-page"), "SignInPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/sign-up",
    component: lazyRouteComponent(() => import("./sign-up-page"), "SignUpPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/verify",
    validateSearch: tokenOf,
    component: lazyRouteComponent(() => import("./verify-page"), "VerifyPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/confirm-email",
    validateSearch: tokenOf,
    component: lazyRouteComponent(() => import("./confirm-email-page"), "ConfirmEmailPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/forgot-password",
    component: lazyRouteComponent(() => import("./forgot-password-page"), "ForgotPasswordPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/reset",
    validateSearch: tokenOf,
    component: lazyRouteComponent(() => import("./reset-page"), "ResetPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/accept-invitation",
    validateSearch: tokenOf,
    component: lazyRouteComponent(() => import("./accept-invitation-page"), "AcceptInvitationPage"),
  }),
] as const;
