import type { CampaignMetrics } from "@generated/api";
import { Group, Stack, Text } from "@mantine/core";
import { TextLink } from "@/shared/links";
import { Money } from "@/shared/money";
import { formatCount, formatShare } from "@/shared/number";
import { OutcomeBar, type OutcomePart } from "@/shared/outcome-bar";
import { useCurrency } from "@/shared/use-organisation";

/**
 * A bar with the outcome of all recipients, whose counts link to the rows, and the main figures.
 */
export function Progress({ metrics }: { metrics: CampaignMetrics }) {
  const currency = useCurrency();
  const { campaignId } = metrics;
  return (
    <Stack gap="sm">
      <OutcomeBar
        metrics={metrics}
        nameOf={(part) => <PartLink campaignId={campaignId} part={part} />}
      />
      <Group style={{ gap: "12px 32px" }}>
        <Figure label="Recipients">{formatCount(metrics.recipients)}</Figure>
        <Figure label="Delivered">
          {metrics.delivered > 0 ? formatShare(metrics.deliveryRate) : "–"}
        </Figure>
        <Figure label="Replies">{formatCount(metrics.replied)}</Figure>
        <Figure label="Opt-outs">{formatCount(metrics.optOuts)}</Figure>
        <Figure label="Spent">
          <Money cents={metrics.spentCents} currency={currency} />
        </Figure>
      </Group>
    </Stack>
  );
}

/** The name of a part of the bar, linked to the rows that it counts. */
function PartLink({ campaignId, part }: { campaignId: string; part: OutcomePart }) {
  if (part.rows === undefined) return part.name;
  const isFailures = part.rows === "failures";
  return (
    <TextLink
      to="/campaigns/$campaignId"
      params={{ campaignId }}
      search={part.rows === "failures" ? {} : { result: part.rows }}
      hash={isFailures ? "failures" : "messages"}
      c="inherit"
      underline="always"
    >
      {part.name}
    </TextLink>
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
