/** The words of the campaigns' screens. */
import type { Campaign, CampaignMetrics, CampaignStatusInput } from "@generated/api";
import { formatCount } from "@/shared/number";

/** The tabs of the list, in order. */
export const STATUS_TABS: readonly { label: string; status?: CampaignStatusInput }[] = [
  { label: "All" },
  { label: "Drafts", status: "draft" },
  { label: "Scheduled", status: "scheduled" },
  { label: "Sending", status: "running" },
  { label: "Paused", status: "paused" },
  { label: "Done", status: "done" },
  { label: "Failed", status: "failed" },
  { label: "Cancelled", status: "cancelled" },
];

/** Return whether the figures of a campaign still change by themselves. */
export function isMoving(status: string): boolean {
  return status === "running" || status === "scheduled";
}

const REPORTS_LAST_MS = 4 * 3_600_000;

/** Describe in one sentence what a campaign is doing. */
export function statusSentence(
  campaign: Campaign,
  metrics: CampaignMetrics | undefined,
  now = new Date(),
): string {
  const all = Math.max(metrics?.recipients ?? 0, campaign.listSize ?? 0);
  const handled = metrics ? metrics.recipients - metrics.pending : 0;
  const progress = metrics ? `${formatCount(handled)} of ${formatCount(all)} handled.` : "";
  switch (campaign.status) {
    case "draft":
      return "This is a draft. Nothing is sent until you start it.";
    case "scheduled":
      return "It starts by itself at the scheduled time.";
    case "running":
      return campaign.waitingUntil
        ? `Waiting for allowed sending hours. ${progress}`
        : `Sending. ${progress}`;
    case "paused":
      return `Paused${campaign.statusMessage ? `: ${campaign.statusMessage}` : "."} ${progress}`;
    case "failed":
      return campaign.statusMessage ?? "It could not be sent.";
    case "cancelled":
      return `Cancelled. Messages that were not sent are refunded. ${progress}`;
    default:
      return hasAllResults(metrics) || areFinal(campaign, now)
        ? "All messages were handed over, and the results are final."
        : "All messages were handed over. Delivery reports are still arriving; the figures are final in some hours.";
  }
}

/** Whether each message of a campaign that has ended was delivered or failed. */
function hasAllResults(metrics: CampaignMetrics | undefined): boolean {
  if (metrics === undefined) return false;
  const { pending, unknown, sent, delivered, failed, refused } = metrics;
  return pending + unknown === 0 && sent <= delivered + failed - refused;
}

/** Return whether the campaign's last delivery reports have had enough time to arrive. */
function areFinal({ finishedAt }: Campaign, now: Date): boolean {
  return finishedAt !== null && now.getTime() - Date.parse(finishedAt) > REPORTS_LAST_MS;
}

/** Describe how fast a campaign is and how long it will still take. Null if that is unknown. */
export function paceSentence(campaign: Campaign, now = new Date()): string | null {
  const { status, messagesPerMinute, expectedEndAt } = campaign;
  if (status !== "running" || messagesPerMinute === null) return null;
  const pace = `${formatCount(Math.round(messagesPerMinute))} messages a minute`;
  if (expectedEndAt === null) return `${pace}.`;
  const minutes = Math.max(1, Math.round((Date.parse(expectedEndAt) - now.getTime()) / 60_000));
  const left = minutes < 90 ? `${minutes} min` : `${formatCount(Math.round(minutes / 60))} h`;
  return `${pace}, about ${left} left.`;
}
