import type { ImportJob } from "@generated/api";
import { Alert, Button, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { CheckCheck, CircleAlert } from "lucide-react";
import { useEffect } from "react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { ErrorTable } from "@/shared/import/error-table";
import { ButtonLink } from "@/shared/links";
import { counted, formatCount } from "@/shared/number";
import { Failing, LoadingRows } from "@/shared/states";
import { CancelImport, FailedRows } from "./job-actions";

const ASK_EVERY_MS = 1_500;
const OVER = new Set(["done", "failed", "cancelled"]);

interface Props {
  jobId: string;
  /** The list that it fills, if it is known. */
  listId?: string;
  onAgain: () => void;
}

/**
 * The progress of an import, and the result for its rows. The import goes on if the page is closed.
 */
export function JobProgress({ jobId, listId, onAgain }: Props) {
  const cache = useQueryClient();
  const interval = useInterval(ASK_EVERY_MS);
  const job = queries.useQuery(
    "get",
    "/api/contacts/import-jobs/{id}",
    { params: { path: { id: jobId } } },
    {
      refetchInterval: ({ state }) =>
        state.data && OVER.has(state.data.status) ? false : interval,
    },
  );
  const isOver = job.data !== undefined && OVER.has(job.data.status);
  useEffect(() => {
    if (isOver) void cache.invalidateQueries({ queryKey: ["get", "/api/contacts"] });
  }, [isOver, cache]);
  if (job.data === undefined) {
    return job.error ? (
      <Failing problem={asProblem(job.error)} onRetry={() => void job.refetch()} />
    ) : (
      <LoadingRows rows={3} />
    );
  }
  return (
    <Stack gap="md">
      <Outcome job={job.data} />
      {!isOver && <CancelImport job={job.data} />}
      {job.data.errors.length > 0 && (
        <Stack gap="xs">
          <Group justify="space-between">
            <Title order={2}>{counted(job.data.errorCount, "row")} to correct</Title>
            {isOver && job.data.skipped > 0 && <FailedRows jobId={jobId} />}
          </Group>
          {job.data.errorCount > job.data.errors.length && (
            <Text size="sm" c="dimmed">
              The first {formatCount(job.data.errors.length)} are shown. The file has all rows that
              were left out.
            </Text>
          )}
          <ErrorTable caption="Rows that were not imported as they are" errors={job.data.errors} />
        </Stack>
      )}
      {isOver && (
        <Group gap="xs">
          {listId && (
            <ButtonLink to="/campaigns/new" search={{ step: "text", list: listId }}>
              Send them a campaign
            </ButtonLink>
          )}
          <ButtonLink to="/contacts" search={{ listId }} variant={listId ? "default" : "filled"}>
            See the contacts
          </ButtonLink>
          <Button variant="default" onClick={onAgain}>
            Import another file
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Outcome({ job }: { job: ImportJob }) {
  const facts = `${formatCount(job.created)} created, ${formatCount(job.updated)} updated, ${formatCount(job.skipped)} left out`;
  if (job.status === "done") {
    return (
      <Alert
        color="teal"
        icon={<CheckCheck aria-hidden />}
        title="The import is done"
        role="status"
      >
        {facts}
        {job.optedOut > 0 && `, ${counted(job.optedOut, "person", "people")} opted out by the file`}
        .
      </Alert>
    );
  }
  if (job.status === "failed" || OVER.has(job.status)) {
    return (
      <Alert color="red" icon={<CircleAlert aria-hidden />} title="The import stopped" role="alert">
        {job.failure ?? "It was cancelled."} Until then: {facts}.
      </Alert>
    );
  }
  const rate = rateOf(job);
  const share = job.totalRows ? (100 * job.rowsRead) / job.totalRows : null;
  return (
    <Stack gap="xs" maw={560}>
      <Progress
        value={share ?? 100}
        animated={share === null}
        aria-label="Progress of the import"
      />
      <Text size="sm" className="figures" role="status">
        {counted(job.rowsRead, "row")} read
        {job.totalRows ? ` of ${formatCount(job.totalRows)}` : ""}
        {rate !== null && `, ${formatCount(rate)} a second`}. {facts}. You can leave this page; the
        import goes on.
      </Text>
    </Stack>
  );
}

/** Return the rows per second since the import began, or null while it is too early to tell. */
function rateOf({ startedAt, rowsRead }: ImportJob): number | null {
  if (startedAt === null || rowsRead === 0) return null;
  const seconds = (Date.now() - new Date(startedAt).getTime()) / 1000;
  return seconds < 1 ? null : Math.round(rowsRead / seconds);
}
