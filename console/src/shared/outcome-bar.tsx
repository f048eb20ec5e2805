import type { CampaignMetrics, MessageStatusInput } from "@generated/api";
import { Group, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { formatCount } from "./number";
import styles from "./outcome-bar.module.css";

export interface OutcomePart {
  name: string;
  tone: "delivered" | "sent" | "failed" | "unknown" | "sending" | "left-out";
  /**
   * The rows that the part counts: a status in the list of messages, or the failures by reason.
   */
  rows?: MessageStatusInput | "failures";
  count: number;
}

/** Divide the recipients of a campaign into parts that add up to all of them. */
export function partsOf(metrics: CampaignMetrics): OutcomePart[] {
  const underWay = Math.max(0, metrics.sent - metrics.delivered - failedAfterSending(metrics));
  return [
    { name: "Delivered", tone: "delivered", rows: "delivered", count: metrics.delivered },
    { name: "Sent", tone: "sent", rows: "sent", count: underWay },
    { name: "Failed", tone: "failed", rows: "failures", count: metrics.failed },
    { name: "Unknown", tone: "unknown", rows: "unknown", count: metrics.unknown },
    { name: "Waiting", tone: "sending", rows: "pending", count: metrics.pending },
    { name: "Opted out", tone: "left-out", count: metrics.optedOut },
    { name: "Invalid", tone: "left-out", count: metrics.invalid },
    { name: "Cancelled", tone: "left-out", rows: "cancelled", count: metrics.cancelled },
  ];
}

/**
 * Return how many messages failed after the provider had accepted them. The others were refused at
 * once.
 */
function failedAfterSending(metrics: CampaignMetrics): number {
  return Math.max(0, metrics.failed - metrics.refused);
}

interface Props {
  metrics: CampaignMetrics;
  /** Renders the name of a part, for example as a link. */
  nameOf?: (part: OutcomePart) => ReactNode;
}

/** A bar for the outcome of all recipients, with the counts as text. */
export function OutcomeBar({ metrics, nameOf = ({ name }) => name }: Props) {
  const parts = partsOf(metrics).filter((part) => part.count > 0);
  return (
    <Stack gap="xs">
      <div className={styles.bar} aria-hidden>
        {parts.map((part) => (
          <span key={part.name} data-tone={part.tone} style={{ flexGrow: part.count }} />
        ))}
      </div>
      <Group gap="lg" component="ul" className={styles.legend}>
        {parts.map((part) => (
          <li key={part.name}>
            <span className={styles.dot} data-tone={part.tone} aria-hidden />
            {nameOf(part)} <b className="figures">{formatCount(part.count)}</b>
          </li>
        ))}
      </Group>
    </Stack>
  );
}
