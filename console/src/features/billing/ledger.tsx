import type { Transaction, TransactionSourceInput } from "@generated/api";
import { Anchor, Group, Select, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { DownloadButton } from "@/shared/download-button";
import { ListFooter } from "@/shared/list-footer";
import { formatMoney } from "@/shared/money";
import { SentFor } from "@/shared/sent-for";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { SOURCES } from "./words";

/** Descriptions that say no more than the kind of transaction. */
const SAID_BY_KIND = new Set(["Text message", ...Object.values(SOURCES)]);
const REFUND = "Refund: Text message";

/** The transactions that changed the balance, newest first. */
export function Ledger() {
  const [source, setSource] = useState<TransactionSourceInput | undefined>();
  const balance = queries.useQuery("get", "/api/billing/balance");
  const rows = queries.useInfiniteQuery(
    "get",
    "/api/billing/transactions",
    { params: { query: { source, limit: 50 } } },
    PAGES,
  );
  return (
    <Stack gap="xs">
      <Title order={2}>Transactions</Title>
      <Group gap="xs">
        <Select
          aria-label="Kind of transaction"
          placeholder="All transactions"
          data={Object.entries(SOURCES).map(([value, label]) => ({ value, label }))}
          value={source ?? null}
          onChange={(value) => setSource((value as TransactionSourceInput | null) ?? undefined)}
          clearable
          clearButtonProps={{ "aria-label": "Show all transactions" }}
          maw={220}
        />
        <DownloadButton
          path={`/api/billing/transactions/export${source ? `?source=${source}` : ""}`}
        >
          Export as CSV
        </DownloadButton>
      </Group>
      <Table
        caption="Transactions"
        columns={columnsFor(balance.data?.currency ?? "usd")}
        rows={rows.data?.pages.flatMap((page) => page.items)}
        keyOf={(row) => row.id}
        problem={rows.error ? asProblem(rows.error) : null}
        onRetry={() => void rows.refetch()}
        empty={<Text c="dimmed">No transaction yet.</Text>}
      />
      <ListFooter query={rows} />
    </Stack>
  );
}

function columnsFor(currency: string): Column<Transaction>[] {
  return [
    { label: "What", isTitle: true, cell: (row) => <What row={row} /> },
    { label: "Who", cell: ({ byUserName }) => byUserName ?? "–" },
    { label: "When", cell: ({ createdAt }) => (createdAt ? <RelativeTime at={createdAt} /> : "–") },
    {
      label: "Amount",
      isNumber: true,
      cell: ({ type, amountCents }) =>
        `${type === "credit" ? "+" : "−"}${formatMoney(amountCents, currency)}`,
    },
    {
      label: "Balance",
      isNumber: true,
      cell: ({ balanceAfterCents }) =>
        balanceAfterCents == null ? "–" : formatMoney(balanceAfterCents, currency),
    },
  ];
}

function What({ row }: { row: Transaction }) {
  const source = (SOURCES as Record<string, string>)[row.source] ?? row.source;
  const isRefund = row.description === REFUND;
  const isSaid = isRefund || SAID_BY_KIND.has(row.description);
  return (
    <>
      {isRefund ? "Refund of a message" : source}
      {row.description && !isSaid && `: ${row.description}`}
      {(row.eventId || row.campaignId) && (
        <>
          {" · "}
          <SentFor message={row} eventName={row.campaignName ?? undefined} isUnderlined />
        </>
      )}
      {row.receiptUrl && (
        <>
          {" · "}
          <Anchor
            href={row.receiptUrl}
            size="sm"
            underline="always"
            target="_blank"
            rel="noreferrer"
          >
            Receipt
          </Anchor>
        </>
      )}
    </>
  );
}
