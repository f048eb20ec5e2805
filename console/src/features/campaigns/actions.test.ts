import type { Campaign, CampaignMetrics } from "@generated/api";
import { expect, test } from "vitest";
import { type ActionKind, actionsOf } from "./actions";

function possible(changes: Partial<Campaign>, failed = 0): ActionKind[] {
  const metrics = { failed } as CampaignMetrics;
  const campaign = { status: "draft", retryOf: null, metrics, ...changes } as Campaign;
  return actionsOf(campaign)
    .filter(({ reason }) => reason === null)
    .map(({ kind }) => kind);
}

test("in each status, the actions that the API allows are possible", () => {
  expect(possible({ status: "draft" })).toEqual(["edit", "duplicate", "delete"]);
  expect(possible({ status: "scheduled" })).toEqual(["edit", "duplicate", "cancel", "delete"]);
  expect(possible({ status: "running" })).toEqual(["pause", "duplicate", "export", "cancel"]);
  expect(possible({ status: "done" }, 3)).toEqual(["retry", "duplicate", "export", "delete"]);
});

test("an action that is not possible stays in its place and says why", () => {
  const actions = actionsOf({ status: "running", retryOf: "c0", metrics: null } as Campaign);
  expect(actions.map(({ kind }) => kind)).toEqual([
    "edit",
    "pause",
    "resume",
    "retry",
    "duplicate",
    "export",
    "cancel",
    "delete",
  ]);
  expect(actions.find(({ kind }) => kind === "duplicate")?.reason).toMatch(/original campaign/);
});
