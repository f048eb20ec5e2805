import type { BulkChange, BulkStatus } from "@generated/api";
import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CheckCheck, CircleAlert } from "lucide-react";
import { useEffect } from "react";
import { api, queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { Loaded } from "@/shared/loaded";
import { formatCount } from "@/shared/number";
import { BULK } from "./words";

const ASK_EVERY_MS = 1_500;
const OVER: ReadonlySet<BulkStatus> = new Set(["done", "refused", "failed", "cancelled"]);
const TITLES: Record<string, string> = {
  done: "The change is done",
  refused: "Nothing was changed",
  failed: "The change stopped",
  cancelled: "The change was cancelled",
};

interface Props {
  id: string;
  onClose: () => void;
}

/** The progress of a bulk change, and its result. The change goes on if the page is closed. */
export function BulkProgress({ id, onClose }: Props) {
  const cache = useQueryClient();
  const params = { path: { id } };
  const change = queries.useQuery(
    "get",
    "/api/contacts/bulk-changes/{id}",
    { params },
    {
      refetchInterval: ({ state }) =>
        state.data && OVER.has(state.data.status) ? false : ASK_EVERY_MS,
    },
  );
  const cancel = useMutation({
    mutationFn: async () => api.POST("/api/contacts/bulk-changes/{id}/cancel", { params }),
    onSettled: () => change.refetch(),
  });
  const isOver = change.data !== undefined && OVER.has(change.data.status);
  useEffect(() => {
    if (isOver) void cache.invalidateQueries({ queryKey: ["get", "/api/contacts"] });
  }, [isOver, cache]);
  return (
    <Loaded query={change} rows={1}>
      {(shown) => (
        <Stack gap="xs">
          <FormBanner problem={cancel.error ? asProblem(cancel.error) : null} />
          {isOver ? (
            <Outcome change={shown} onClose={onClose} />
          ) : (
            <Running change={shown} isCancelling={cancel.isPending} onCancel={cancel.mutate} />
          )}
        </Stack>
      )}
    </Loaded>
  );
}

interface RunningProps {
  change: BulkChange;
  isCancelling: boolean;
  onCancel: () => void;
}

function Running({ change, isCancelling, onCancel }: RunningProps) {
  const { action, matched, processed } = change;
  const share = matched ? (100 * processed) / matched : 0;
  return (
    <Stack gap="xs" maw={560}>
      <Progress
        value={matched ? share : 100}
        animated={matched === null}
        aria-label="Progress of the change"
      />
      <Group justify="space-between">
        <Text size="sm" className="figures" role="status">
          {BULK[action].label}:{" "}
          {matched === null
            ? "finding the contacts"
            : `${formatCount(processed)} of ${formatCount(matched)} contacts`}
        </Text>
        <Button size="xs" variant="default" loading={isCancelling} onClick={() => onCancel()}>
          Stop the change
        </Button>
      </Group>
    </Stack>
  );
}

function Outcome({ change, onClose }: { change: BulkChange; onClose: () => void }) {
  const { action, status, changed, matched, failure } = change;
  const isDone = status === "done";
  return (
    <Alert
      color={isDone ? "teal" : "orange"}
      role="status"
      icon={isDone ? <CheckCheck aria-hidden /> : <CircleAlert aria-hidden />}
      title={`${BULK[action].label}: ${TITLES[status]?.toLowerCase() ?? status}`}
      withCloseButton
      closeButtonLabel="Close this message"
      onClose={onClose}
    >
      {failure && `${failure} `}
      {formatCount(changed)} of {matched === null ? "0" : formatCount(matched)} contacts were
      changed.
      {isDone && matched !== null && changed < matched && " The other contacts needed no change."}
    </Alert>
  );
}
