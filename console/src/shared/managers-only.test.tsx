import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { startSession } from "@/client/session";
import { ManagersOnly } from "./managers-only";

afterEach(cleanup);

function show(role: string) {
  startSession({
    accessToken: "t1",
    refreshToken: null,
    expiresIn: 900,
    user: { id: "u1", email: "ann@example.com", name: "Ann", orgId: "o1", roles: [role] },
    sessionEndsAt: "2099-12-31T00:00:00Z",
  });
  render(
    <MantineProvider>
      <ManagersOnly title="API keys">The keys</ManagersOnly>
    </MantineProvider>,
  );
}

test("members are told that a screen is for owners and admins, and nothing is requested", () => {
  show("member");
  expect(screen.queryByText("The keys")).toBeNull();
  expect(screen.getByText("You can't see this")).toBeTruthy();
});

test("owners and admins see the screen", () => {
  show("admin");
  expect(screen.getByText("The keys")).toBeTruthy();
});
