import type { SmsHistory } from "@generated/api";
import { Alert, Button, Drawer, Group, List, Stack, Text } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { counted, formatCount } from "@/shared/number";
import { Failing, LoadingRows } from "@/shared/states";
import styles from "./events.module.css";
import { SmsCard } from "./sms-card";
import { FAILED, useRetry } from "./use-retry";
import { fullName, phoneInHistory } from "./words";

const LIVE_MS = 4_000;

interface Props {
  eventId: string;
  attendeeId: string;
  /** Whether the signed-in user may send texts again. */
  canRetry: boolean;
  onClose: () => void;
}

/** All texts to one attendee. Each failed text has its reason, and a button to send it again. */
export function SmsHistoryPanel({ eventId, attendeeId, canRetry, onClose }: Props) {
  const interval = useInterval(LIVE_MS);
  const history = queries.useQuery(
    "get",
    "/api/events/{eventId}/attendees/{attendeeId}/sms-history",
    { params: { path: { eventId, attendeeId } } },
    {
      staleTime: 0,
      refetchInterval: ({ state }) => ((state.data?.summary.pending ?? 0) > 0 ? interval : false),
    },
  );
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title="SMS History">
      {history.data ? (
        <History
          eventId={eventId}
          attendeeId={attendeeId}
          history={history.data}
          canRetry={canRetry}
        />
      ) : history.error ? (
        <Failing problem={asProblem(history.error)} onRetry={() => void history.refetch()} />
      ) : (
        <LoadingRows rows={4} />
      )}
    </Drawer>
  );
}

interface HistoryProps {
  eventId: string;
  attendeeId: string;
  history: SmsHistory;
  canRetry: boolean;
}

function History({ eventId, attendeeId, history, canRetry }: HistoryProps) {
  const { attendee, messages, summary } = history;
  const retry = useRetry(eventId, attendeeId);
  const retryOnce = useSingle(retry);
  const retries = new Map(messages.map((message) => [message.retryOf, message]));
  const byId = new Map(messages.map((message) => [message.id, message]));
  const open = messages.filter(({ id, status }) => FAILED.has(status) && !retries.has(id));
  const pressed = retry.isPending ? retry.variables : undefined;
  const problem = retry.error ? asProblem(retry.error) : null;
  // A refusal that can be overridden is explained at its text.
  const isExplained = problem?.code === "not_retryable" && retry.variables?.messageId;
  return (
    <Stack gap="md">
      <Text size="sm">
        <bdi>{fullName(attendee)}</bdi>
        {attendee.phone && (
          <>
            {" • "}
            <bdi dir="ltr" className={styles.phone}>
              {phoneInHistory(attendee.phone)}
            </bdi>
          </>
        )}
      </Text>
      <FormBanner problem={isExplained ? null : problem} />
      <Refused results={retry.data?.results ?? []} />
      {messages.length === 0 && <Text c="dimmed">No text was sent to this attendee.</Text>}
      {messages.map((message) => (
        <SmsCard
          key={message.id}
          message={message}
          retriedBy={retries.get(message.id)}
          retryOf={message.retryOf ? byId.get(message.retryOf) : undefined}
          canRetry={canRetry}
          isBusy={pressed?.messageId === message.id}
          refusal={isExplained === message.id ? (problem?.message ?? null) : null}
          onRetry={(force) => retryOnce({ messageId: message.id, force })}
        />
      ))}
      <Foot
        summary={summary}
        canRetryAll={canRetry && open.length > 1}
        isBusy={pressed?.retryAll === true}
        onRetryAll={() => retryOnce({ retryAll: true })}
      />
    </Stack>
  );
}

/** The texts that were not sent again, with the reasons. */
function Refused({ results }: { results: { originalMessageId: string; error: string | null }[] }) {
  const refused = results.filter(({ error }) => error !== null);
  if (refused.length === 0) return null;
  return (
    <Alert color="red" role="alert" icon={<TriangleAlert aria-hidden />}>
      <Text size="sm">{counted(refused.length, "text was", "texts were")} not sent again:</Text>
      <List size="sm">
        {refused.map(({ originalMessageId, error }) => (
          <List.Item key={originalMessageId}>{error}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

interface FootProps {
  summary: SmsHistory["summary"];
  canRetryAll: boolean;
  isBusy: boolean;
  onRetryAll: () => void;
}

function Foot({ summary, canRetryAll, isBusy, onRetryAll }: FootProps) {
  return (
    <Group justify="space-between" className={styles.foot}>
      <Text size="sm">
        {counted(summary.total, "message")} • {formatCount(summary.delivered)} delivered •{" "}
        {formatCount(summary.failed)} failed • {formatCount(summary.pending)} pending
      </Text>
      {canRetryAll && (
        <Button size="xs" variant="default" loading={isBusy} onClick={onRetryAll}>
          Retry All Failed
        </Button>
      )}
    </Group>
  );
}
