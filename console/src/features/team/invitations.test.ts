import type { Invitation } from "@generated/api";
import { expect, test } from "vitest";
import { waiting } from "./invitations";

const invitation = (id: string, email: string, status: string) =>
  ({ id, email, status }) as Invitation;

test("an expired invitation is shown until the address has a newer one", () => {
  const shown = waiting([
    invitation("4", "ann@example.com", "open"),
    invitation("3", "ben@example.com", "expired"),
    invitation("2", "cat@example.com", "accepted"),
    invitation("1", "ann@example.com", "expired"),
  ]);
  expect(shown.map(({ id }) => id)).toEqual(["4", "3"]);
});
