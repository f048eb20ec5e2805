/** The parents of all other routes: the root, and the frame for signed-in users. */
import { createRootRoute, createRoute, Outlet } from "@tanstack/react-router";
import { NotFound, ScreenError } from "./screen-error";
import { SessionGate } from "./session-gate";

export const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: ScreenError,
});

/** Every screen that needs a sign-in is a child of this route. */
export const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "app",
  component: SessionGate,
});
