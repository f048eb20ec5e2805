import type { CampaignMetrics } from "@generated/api";
import { Group, Stack, Text } from "@mantine/core";
import { queries } from "@/client/client";
import { Money } from "@/shared/money";
import { formatCount, formatShare } from "@/shared/number";
import styles from "./progress.module.css";

interface Part {
  name: string;
  tone: "delivered" | "sent" | "failed" | "unknown" | "sending" | "left-out";
  count: number;
}

/** Divide the recipients of a campaign into parts that add up to all of them. */
export function partsOf(metrics: CampaignMetrics): Part[] {
  const underWay = Math.max(0, metrics.sent - metrics.delivered - failedAfterSending(metrics));
  return [
    { name: "Delivered", tone: "delivered", count: metrics.delivered },
    { name: "Sent", tone: "sent", count: underWay },
    { name: "Failed", tone: "failed", count: metrics.failed },
    { name: "Unknown", tone: "unknown", count: metrics.unknown },
    { name: "Waiting", tone: "sending", count: metrics.pending },
    { name: "Opted out", tone: "left-out", count: metrics.optedOut },
    { name: "Invalid", tone: "left-out", count: metrics.invalid },
    { name: "Cancelled", tone: "left-out", count: metrics.cancelled },
  ];
}

/** Messages that failed after the provider took them. Others were refused at once. */
function failedAfterSending(metrics: CampaignMetrics): number {
  return Math.max(0, metrics.failed - metrics.refused);
}

/** One bar for all recipients, its numbers as text, and the figures that people ask for. */
export function Progress({ metrics }: { metrics: CampaignMetrics }) {
  const balance = queries.useQuery("get", "/api/billing/balance");
  const parts = partsOf(metrics).filter((part) => part.count > 0);
  return (
    <Stack gap="sm">
      <div className={styles.bar} aria-hidden>
        {parts.map((part) => (
          <span key={part.name} data-tone={part.tone} style={{ flexGrow: part.count }} />
        ))}
      </div>
      <Group gap="lg" component="ul" className={styles.legend}>
        {parts.map((part) => (
          <li key={part.name}>
            <span className={styles.dot} data-tone={part.tone} aria-hidden />
            {part.name} <b className="figures">{formatCount(part.count)}</b>
          </li>
        ))}
      </Group>
      <Group gap="xl">
        <Figure label="Recipients">{formatCount(metrics.recipients)}</Figure>
        <Figure label="Delivered">
          {metrics.delivered > 0 ? formatShare(metrics.deliveryRate) : "–"}
        </Figure>
        <Figure label="Replies">{formatCount(metrics.replied)}</Figure>
        <Figure label="Spent">
          <Money cents={metrics.spentCents} currency={balance.data?.currency ?? "usd"} />
        </Figure>
      </Group>
    </Stack>
  );
}

function Figure({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="lg" fw={600} className="figures">
        {children}
      </Text>
    </div>
  );
}
