import type { CampaignError, ErrorCure } from "@generated/api";
import { Stack, Text, Title } from "@mantine/core";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { formatCount } from "@/shared/number";
import { type Column, Table } from "@/shared/table";
import { useFailures } from "./queries";

const CURES: Record<ErrorCure, string> = {
  retry: "Retry it later.",
  correct_number: "Correct the contact's number.",
  change_text: "Change the text, then send a new campaign.",
  register: "Register with the carriers first.",
  change_sender: "Send from another number.",
  none: "Nothing: the person doesn't want messages.",
  contact_support: "Contact support.",
};

function columnsFor(campaignId: string): Column<CampaignError>[] {
  return [
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
    { label: "What to do", cell: ({ cure }) => CURES[cure] ?? "–" },
    { label: "Another try", cell: ({ retryable }) => (retryable ? "May help" : "Won't help") },
    {
      label: "Messages",
      isNumber: true,
      cell: ({ count, errorCode }) => (
        <TextLink
          to="/campaigns/$campaignId"
          params={{ campaignId }}
          search={{ errorCode }}
          hash="messages"
          aria-label={`Show the ${formatCount(count)} messages with this reason`}
        >
          {formatCount(count)}
        </TextLink>
      ),
    },
  ];
}

/**
 * The reasons why a campaign's messages failed, most frequent first, and what to do about each.
 */
export function Failures({ campaignId, isLive }: { campaignId: string; isLive: boolean }) {
  const failures = useFailures(campaignId, isLive);
  return (
    <Stack gap="xs" id="failures">
      <Title order={2}>Why messages failed</Title>
      <Table
        caption="Failures by reason"
        columns={columnsFor(campaignId)}
        rows={failures.data?.items}
        keyOf={(failure) => String(failure.errorCode)}
        problem={failures.error ? asProblem(failures.error) : null}
        onRetry={() => void failures.refetch()}
        empty={<Text c="dimmed">The reasons are not known yet.</Text>}
      />
    </Stack>
  );
}
