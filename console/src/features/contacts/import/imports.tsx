import type { ImportJob } from "@generated/api";
import { Stack, Title } from "@mantine/core";
import { Ban, CheckCheck, Clock, TriangleAlert } from "lucide-react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { formatCount } from "@/shared/number";
import { Badge, type Look, lookIn } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { exactTime } from "@/shared/time";

const ASK_EVERY_MS = 10_000;

const LOOKS: Record<string, Look> = {
  pending: { tone: "sending", icon: Clock, word: "Waiting" },
  running: { tone: "sent", icon: Clock, word: "Running" },
  done: { tone: "delivered", icon: CheckCheck, word: "Done" },
  failed: { tone: "failed", icon: TriangleAlert, word: "Failed" },
  cancelled: { tone: "sending", icon: Ban, word: "Cancelled" },
};

const COLUMNS: Column<ImportJob>[] = [
  {
    label: "Started",
    isTitle: true,
    cell: ({ id, createdAt }) => (
      <TextLink to="/contacts/import" search={{ job: id }}>
        {exactTime(new Date(createdAt))}
      </TextLink>
    ),
  },
  {
    label: "State",
    cell: ({ status }) => {
      const { tone, icon, word } = lookIn(LOOKS, status);
      return (
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
      );
    },
  },
  { label: "Created", isNumber: true, cell: ({ created }) => formatCount(created) },
  { label: "Updated", isNumber: true, cell: ({ updated }) => formatCount(updated) },
  { label: "Left out", isNumber: true, cell: ({ skipped }) => formatCount(skipped) },
];

/** The imports of the last 30 days, including running ones. */
export function Imports() {
  const interval = useInterval(ASK_EVERY_MS);
  const jobs = queries.useInfiniteQuery(
    "get",
    "/api/contacts/import-jobs",
    { params: { query: { limit: 20 } } },
    { ...PAGES, refetchInterval: interval },
  );
  const rows = jobs.data?.pages.flatMap((page) => page.items);
  if (rows?.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={2}>Imports of the last 30 days</Title>
      <Table
        caption="Imports"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ id }) => id}
        problem={jobs.error ? asProblem(jobs.error) : null}
        onRetry={() => void jobs.refetch()}
        empty={null}
      />
      <ListFooter query={jobs} />
    </Stack>
  );
}
