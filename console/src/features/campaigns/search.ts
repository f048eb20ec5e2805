/** The filters and steps of the campaigns' screens, which are part of the URL. */
import type { CampaignStatusInput, MessageStatusInput } from "@generated/api";

export interface CampaignSearch {
  status?: CampaignStatusInput;
  search?: string;
}

/** Which results of a campaign are shown. */
export interface ResultSearch {
  result?: MessageStatusInput;
  errorCode?: number;
}

export const STEPS = ["text", "recipients", "check", "schedule"] as const;
export type Step = (typeof STEPS)[number];

export interface WizardSearch {
  step: Step;
  /** The id of the draft that is being written, once it has been saved. */
  campaign?: string;
  /** The list that a new campaign goes to. */
  list?: string;
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

/** Read the filters of the list. Other URL parameters are ignored. */
export function campaignSearchOf(search: Record<string, unknown>): CampaignSearch {
  const status = STATUSES.find((known) => known === search.status);
  const text = typeof search.search === "string" && search.search ? search.search : undefined;
  return { status, search: text };
}

export const RESULTS: { value: MessageStatusInput; label: string }[] = [
  { value: "delivered", label: "Delivered" },
  { value: "sent", label: "Sent" },
  { value: "undelivered", label: "Undelivered" },
  { value: "failed", label: "Failed" },
  { value: "unknown", label: "Unknown" },
  { value: "pending", label: "Waiting" },
  { value: "cancelled", label: "Cancelled" },
];

/** Read which results of a campaign are shown. */
export function resultSearchOf(search: Record<string, unknown>): ResultSearch {
  const errorCode = Number(search.errorCode);
  return {
    result: RESULTS.find(({ value }) => value === search.result)?.value,
    errorCode: Number.isInteger(errorCode) && errorCode > 0 ? errorCode : undefined,
  };
}

/** Read the step and the draft of the wizard. */
export function wizardSearchOf(search: Record<string, unknown>): WizardSearch {
  return {
    step: STEPS.find((known) => known === search.step) ?? "text",
    campaign: typeof search.campaign === "string" ? search.campaign : undefined,
    list: typeof search.list === "string" ? search.list : undefined,
  };
}
