import type { Export } from "@generated/api";
import { Button, Text } from "@mantine/core";
import { CheckCheck, CircleAlert, Clock, Download } from "lucide-react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { ButtonLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { formatCount } from "@/shared/number";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { Badge, type Look, lookIn } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { clockTime, RelativeTime } from "@/shared/time";
import { useKnownTimeZone } from "@/shared/use-organisation";

const EVERY_MS = 3_000;
const UNFINISHED = new Set(["pending", "running"]);

const LOOKS: Record<string, Look> = {
  pending: { word: "Waiting", tone: "sending", icon: Clock },
  running: { word: "Being written", tone: "sent", icon: Clock },
  done: { word: "Ready", tone: "delivered", icon: CheckCheck },
  failed: { word: "Failed", tone: "failed", icon: CircleAlert },
};

function columnsFor(timeZone: string | undefined): Column<Export>[] {
  return [
    {
      label: "Requested",
      isTitle: true,
      cell: ({ createdAt }) => clockTime(new Date(createdAt), timeZone),
    },
    { label: "By", cell: ({ userName }) => userName ?? "–" },
    { label: "Status", cell: (row) => <State row={row} /> },
    {
      label: "Messages",
      isNumber: true,
      cell: ({ rows }) => (rows === null ? "–" : formatCount(rows)),
    },
    {
      label: "Kept until",
      cell: ({ expiresAt }) => (expiresAt ? <RelativeTime at={expiresAt} /> : "–"),
    },
    { label: "File", isAction: true, cell: (row) => <File row={row} timeZone={timeZone} /> },
  ];
}

/** The exports of messages that users have requested, with links to the files. */
export function ExportsPage() {
  const interval = useInterval(EVERY_MS);
  const timeZone = useKnownTimeZone();
  const exports = queries.useInfiniteQuery(
    "get",
    "/api/history/exports",
    { params: { query: { limit: 50 } } },
    {
      ...PAGES,
      refetchInterval: ({ state }) =>
        state.data?.pages.some(({ items }) => items.some(({ status }) => UNFINISHED.has(status)))
          ? interval
          : false,
    },
  );
  return (
    <Screen
      title="Exports"
      description="Files with sent messages. A large one takes some minutes; you can leave this page."
      actions={
        <ButtonLink variant="default" to="/messages">
          Messages
        </ButtonLink>
      }
    >
      <Table
        caption="Exports"
        columns={columnsFor(timeZone)}
        rows={exports.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={exports.error ? asProblem(exports.error) : null}
        onRetry={() => void exports.refetch()}
        empty={
          <Empty action={<ButtonLink to="/messages">Choose messages</ButtonLink>}>
            Filter the messages, then export them: the file waits here for your download.
          </Empty>
        }
      />
      <ListFooter query={exports} />
    </Screen>
  );
}

function State({ row }: { row: Export }) {
  const look = lookIn(LOOKS, row.status);
  return (
    <>
      <Badge tone={look.tone} icon={look.icon}>
        {look.word}
      </Badge>
      {row.status === "failed" && (
        <Text size="xs" c="dimmed">
          Request it again.
        </Text>
      )}
    </>
  );
}

/** A plain link, so that the browser downloads the file and the page stays open. */
function File({ row, timeZone }: { row: Export; timeZone: string | undefined }) {
  if (row.downloadUrl === null) return null;
  return (
    <Button
      component="a"
      href={row.downloadUrl}
      download
      variant="default"
      size="compact-sm"
      leftSection={<Download size={14} aria-hidden />}
      aria-label={`Download the export of ${clockTime(new Date(row.createdAt), timeZone)}`}
    >
      Download
    </Button>
  );
}
