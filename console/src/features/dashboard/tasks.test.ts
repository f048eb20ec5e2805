import type { Dashboard } from "@generated/api";
import { expect, test } from "vitest";
import { tasksOf } from "./tasks";

const TASKS = ["email_not_verified", "low_balance", "registration_rejected"].map((kind) => ({
  kind,
  message: kind,
  campaignId: null,
}));

const kindsOf = (balance: string) =>
  tasksOf({
    tasks: TASKS,
    onboarding: { complete: false, steps: [{ kind: "balance", state: balance, since: null }] },
  } as Pick<Dashboard, "tasks" | "onboarding">).map(({ kind }) => kind);

test("a task that the banner or the first steps name is not named once more", () => {
  expect(kindsOf("todo")).toEqual(["registration_rejected"]);
});

test("a balance that was used up after the first payment is a task", () => {
  expect(kindsOf("done")).toEqual(["low_balance", "registration_rejected"]);
});
