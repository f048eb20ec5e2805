import type { MessageStatusInput, RecipientResult } from "@generated/api";
import { Select, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { ListFooter } from "@/shared/list-footer";
import { Phone } from "@/shared/phone";
import { StatusBadge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";

const COLUMNS: Column<RecipientResult>[] = [
  { label: "Number", isTitle: true, cell: ({ to }) => <Phone number={to} /> },
  { label: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { label: "Error", cell: ({ errorMessage }) => errorMessage ?? "–" },
  { label: "Sent", cell: ({ sentAt }) => (sentAt ? <RelativeTime at={sentAt} /> : "–") },
];

const FILTERS: { value: MessageStatusInput; label: string }[] = [
  { value: "failed", label: "Failed" },
  { value: "undelivered", label: "Undelivered" },
  { value: "delivered", label: "Delivered" },
  { value: "sent", label: "Sent" },
  { value: "unknown", label: "Unknown" },
  { value: "pending", label: "Waiting" },
];

/** What became of each recipient's message. */
export function Results({ campaignId, isLive }: { campaignId: string; isLive: boolean }) {
  const [status, setStatus] = useState<MessageStatusInput | undefined>();
  const interval = useInterval(8_000);
  const results = queries.useInfiniteQuery(
    "get",
    "/api/campaigns/{id}/results",
    { params: { path: { id: campaignId }, query: { status, limit: 50 } } },
    {
      ...PAGES,
      refetchInterval: isLive && interval,
    },
  );
  return (
    <Stack gap="xs">
      <Title order={2}>Messages</Title>
      <Select
        aria-label="Status"
        placeholder="All statuses"
        data={FILTERS}
        value={status ?? null}
        onChange={(value) => setStatus((value as MessageStatusInput | null) ?? undefined)}
        clearable
        clearButtonProps={{ "aria-label": "Show all statuses" }}
        maw={220}
      />
      <Table
        caption="Messages of the campaign"
        columns={COLUMNS}
        rows={results.data?.pages.flatMap((page) => page.items)}
        keyOf={(row) => row.messageId}
        problem={results.error ? asProblem(results.error) : null}
        onRetry={() => void results.refetch()}
        empty={<Text c="dimmed">No message has this status.</Text>}
      />
      <ListFooter query={results} />
    </Stack>
  );
}
