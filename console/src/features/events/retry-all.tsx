import type { SmsRetry } from "@generated/api";
import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { useSingle } from "@/client/use-single";
import { Confirm } from "@/shared/confirm";
import { FormBanner } from "@/shared/form";
import { counted, formatCount } from "@/shared/number";
import { useStaleEvents } from "./queries";

const LIVE_MS = 3_000;

/** Send all failed texts of an event again, and show the progress. */
export function RetryAll({ eventId }: { eventId: string }) {
  const [isOpen, dialog] = useDisclosure(false);
  const interval = useInterval(LIVE_MS);
  const retries = queries.useQuery(
    "get",
    "/api/events/{eventId}/sms-retries",
    { params: { path: { eventId }, query: { limit: 1 } } },
    {
      refetchInterval: ({ state }) =>
        state.data?.items[0]?.status === "running" ? interval : false,
    },
  );
  const latest = retries.data?.items[0];
  const start = useStart(eventId, dialog.close);
  const startOnce = useSingle(start);
  return (
    <Stack gap="xs" align="flex-start">
      {latest && <LastRetry eventId={eventId} retry={latest} />}
      {latest?.status !== "running" && (
        <Button variant="default" size="xs" onClick={dialog.open}>
          Retry all failed texts
        </Button>
      )}
      <Confirm
        isOpen={isOpen}
        onClose={dialog.close}
        title="Retry all failed texts of this event?"
        confirmLabel="Retry all failed"
        isBusy={start.isPending}
        problem={start.error ? asProblem(start.error) : null}
        onConfirm={() => startOnce({})}
      >
        Each of them is sent as a new text to the attendee's current number, at the usual price.
        Texts that are expected to fail again, for example to landlines, are left out.
      </Confirm>
    </Stack>
  );
}

function LastRetry({ eventId, retry }: { eventId: string; retry: SmsRetry }) {
  const refresh = useStaleEvents();
  const cancel = useMutation({
    mutationFn: async () => {
      const params = { path: { eventId, retryId: retry.id } };
      await api.PATCH("/api/events/{eventId}/sms-retries/{retryId}/cancel", { params });
    },
    onSettled: refresh,
  });
  const { status, total, retried, refused, statusMessage, refusals } = retry;
  const handled = retried + refused;
  return (
    <Stack gap={4} w="100%" maw={560}>
      <FormBanner problem={cancel.error ? asProblem(cancel.error) : null} />
      {status === "running" && (
        <Group gap="sm">
          <Progress
            flex={1}
            value={total === 0 ? 100 : (100 * handled) / total}
            aria-label="Progress of the retry"
          />
          <Button
            size="compact-xs"
            variant="default"
            loading={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            Stop
          </Button>
        </Group>
      )}
      <Text size="sm" c="dimmed" role="status" className="figures">
        {status === "running" ? "Sending again: " : "Last retry: "}
        {formatCount(retried)} of {counted(total, "text")} sent again
        {refused > 0 && `, ${formatCount(refused)} not`}.{statusMessage && ` ${statusMessage}`}
      </Text>
      {refusals.map(({ reason, count }) => (
        <Text key={reason} size="xs" c="dimmed">
          {formatCount(count)}: {reason}
        </Text>
      ))}
    </Stack>
  );
}

function useStart(eventId: string, onStarted: () => void) {
  const intent = useIntent();
  const refresh = useStaleEvents();
  return useMutation({
    mutationFn: async (body: { force?: boolean }) => {
      const params = { path: { eventId } };
      const headers = intent.headers(body);
      return (await api.POST("/api/events/{eventId}/sms-retries", { params, body, headers })).data;
    },
    onSuccess: () => {
      intent.done();
      refresh();
      onStarted();
    },
  });
}
