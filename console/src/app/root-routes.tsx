/** The two routes that all others hang from: the root, and the frame of everybody who is signed in. */
import { createRootRoute, createRoute, Outlet } from "@tanstack/react-router";
import { NotFound, ScreenError } from "./screen-error";
import { SessionGate } from "./session-gate";

export const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: ScreenError,
});

/** Everything that needs a sign-in is a child of this route. */
export const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "app",
  component: SessionGate,
});
