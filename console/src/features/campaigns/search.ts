/** What of the campaigns' screens stands in the address. */
import type { CampaignStatusInput } from "@generated/api";

export interface CampaignSearch {
  status?: CampaignStatusInput;
}

export const STEPS = ["text", "recipients", "check"] as const;
export type Step = (typeof STEPS)[number];

export interface WizardSearch {
  step: Step;
  /** The draft that is being written, once it was saved. */
  campaign?: string;
}

const STATUSES: readonly CampaignStatusInput[] = [
  "draft",
  "scheduled",
  "running",
  "paused",
  "done",
  "failed",
  "cancelled",
];

/** Read the filters of the list. Anything else in the address is ignored. */
export function campaignSearchOf(search: Record<string, unknown>): CampaignSearch {
  const status = STATUSES.find((known) => known === search.status);
  return status ? { status } : {};
}

/** Read the step and the draft of the wizard. */
export function wizardSearchOf(search: Record<string, unknown>): WizardSearch {
  return {
    step: STEPS.find((known) => known === search.step) ?? "text",
    campaign: typeof search.campaign === "string" ? search.campaign : undefined,
  };
}
