import type { MessageStatusInput, RecipientResult } from "@generated/api";
import { Button, Group, Select, Stack, Text, Title } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { DownloadButton } from "@/shared/download-button";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { Phone } from "@/shared/phone";
import { StatusBadge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { RESULTS, type ResultSearch } from "./search";

const route = getRouteApi("/app/campaigns/$campaignId");

const COLUMNS: Column<RecipientResult>[] = [
  {
    label: "Recipient",
    isTitle: true,
    cell: ({ to, contactName, messageId }) => (
      <TextLink to="/messages/$messageId" params={{ messageId }}>
        {contactName ? <bdi>{contactName}</bdi> : <Phone number={to} />}
      </TextLink>
    ),
  },
  { label: "Number", cell: ({ to }) => <Phone number={to} /> },
  { label: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { label: "Error", cell: ({ errorMessage }) => errorMessage ?? "–" },
  { label: "Sent", cell: ({ sentAt }) => (sentAt ? <RelativeTime at={sentAt} /> : "–") },
];

/** The result of each recipient's message. */
export function Results({ campaignId, isLive }: { campaignId: string; isLive: boolean }) {
  const { result, errorCode } = route.useSearch();
  const navigate = route.useNavigate();
  const interval = useInterval(8_000);
  const results = queries.useInfiniteQuery(
    "get",
    "/api/campaigns/{id}/results",
    { params: { path: { id: campaignId }, query: { status: result, errorCode, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData, refetchInterval: isLive && interval },
  );
  const change = (search: ResultSearch) =>
    void navigate({ search, replace: true, resetScroll: false });
  return (
    <Stack gap="xs" id="messages">
      <Title order={2}>Messages</Title>
      <Group gap="xs">
        <Select
          aria-label="Status"
          placeholder="All statuses"
          data={RESULTS}
          value={result ?? null}
          onChange={(value) =>
            change({ result: (value as MessageStatusInput | null) ?? undefined, errorCode })
          }
          clearable
          clearButtonProps={{ "aria-label": "Show all statuses" }}
          maw={220}
        />
        {errorCode !== undefined && (
          <Button variant="light" onClick={() => change({ result })}>
            Only error {errorCode} · show all
          </Button>
        )}
        <DownloadButton path={exportOf(campaignId, { result, errorCode })}>
          Export as CSV
        </DownloadButton>
      </Group>
      <Table
        caption="Messages of the campaign"
        columns={COLUMNS}
        rows={results.data?.pages.flatMap((page) => page.items)}
        keyOf={(row) => row.messageId}
        problem={results.error ? asProblem(results.error) : null}
        onRetry={() => void results.refetch()}
        isStale={results.isPlaceholderData}
        empty={
          <Text c="dimmed">
            {result || errorCode ? "No message matches." : "No message has been made yet."}
          </Text>
        }
      />
      <ListFooter query={results} />
    </Stack>
  );
}

/** Return the URL of a CSV file with the shown rows. */
function exportOf(campaignId: string, { result, errorCode }: ResultSearch): string {
  const query = new URLSearchParams();
  if (result) query.set("status", result);
  if (errorCode) query.set("errorCode", String(errorCode));
  return `/api/campaigns/${campaignId}/results/export?${query}`;
}
