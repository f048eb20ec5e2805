import type { CampaignError } from "@generated/api";
import { Stack, Text, Title } from "@mantine/core";
import { asProblem } from "@/client/problem";
import { formatCount } from "@/shared/number";
import { type Column, Table } from "@/shared/table";
import { useFailures } from "./queries";

const COLUMNS: Column<CampaignError>[] = [
  {
    label: "Reason",
    isTitle: true,
    cell: (failure) => (
      <>
        <Text size="sm" fw={500}>
          {failure.title}
        </Text>
        <Text size="xs" c="dimmed">
          {failure.description} ({failure.errorCode})
        </Text>
      </>
    ),
  },
  { label: "Another try", cell: ({ retryable }) => (retryable ? "May help" : "Won't help") },
  { label: "Messages", isNumber: true, cell: ({ count }) => formatCount(count) },
];

/** Why messages of a campaign failed, the most frequent reason first. */
export function Failures({ campaignId, isLive }: { campaignId: string; isLive: boolean }) {
  const failures = useFailures(campaignId, isLive);
  return (
    <Stack gap="xs">
      <Title order={2}>Why messages failed</Title>
      <Table
        caption="Failures by reason"
        columns={COLUMNS}
        rows={failures.data?.items}
        keyOf={(failure) => String(failure.errorCode)}
        problem={failures.error ? asProblem(failures.error) : null}
        onRetry={() => void failures.refetch()}
        empty={<Text c="dimmed">The reasons are not known yet.</Text>}
      />
    </Stack>
  );
}
