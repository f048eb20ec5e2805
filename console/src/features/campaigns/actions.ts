/**
 * The actions for a campaign, always in the same order, each with the reason if it is not possible.
 */
import type { Campaign } from "@generated/api";

export type ActionKind =
  | "edit"
  | "pause"
  | "resume"
  | "retry"
  | "duplicate"
  | "export"
  | "cancel"
  | "delete";

export interface Action {
  kind: ActionKind;
  label: string;
  /** The reason why the action is not possible now, or null if it is. */
  reason: string | null;
}

/** Return all actions, including those that are not possible now, with the reason. */
export function actionsOf(campaign: Campaign): Action[] {
  const { status, retryOf } = campaign;
  const failed = campaign.metrics?.failed ?? 0;
  const isUnder = status === "running" || status === "paused" || status === "scheduled";
  const isOver = status === "done" || status === "cancelled" || status === "failed";
  const unless = (isPossible: boolean, reason: string) => (isPossible ? null : reason);
  return [
    {
      kind: "edit",
      label: "Edit",
      reason: unless(
        status === "draft" || status === "scheduled",
        "Only drafts and scheduled campaigns can be changed.",
      ),
    },
    {
      kind: "pause",
      label: "Pause",
      reason: unless(status === "running", "Only a campaign that is sending can be paused."),
    },
    {
      kind: "resume",
      label: "Resume",
      reason: unless(status === "paused", "Only a paused campaign can be resumed."),
    },
    {
      kind: "retry",
      label: "Retry failed…",
      reason:
        isOver || status === "paused"
          ? unless(failed > 0, "No message has failed.")
          : "It has not ended yet.",
    },
    {
      kind: "duplicate",
      label: "Duplicate",
      reason: unless(
        retryOf === null,
        "A retry can't be duplicated. Retry the original campaign again.",
      ),
    },
    {
      kind: "export",
      label: "Export results as CSV",
      reason: unless(status !== "draft" && status !== "scheduled", "Nothing has been sent yet."),
    },
    {
      kind: "cancel",
      label: "Cancel the campaign…",
      reason: unless(isUnder, "Nothing is waiting to be sent."),
    },
    {
      kind: "delete",
      label: "Delete…",
      reason: unless(status !== "running", "Pause or cancel it first."),
    },
  ];
}
