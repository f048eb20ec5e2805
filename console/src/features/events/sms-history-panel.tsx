import type { AttendeeSms, SmsHistory } from "@generated/api";
import { Button, Drawer, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { counted } from "@/shared/number";
import { Phone } from "@/shared/phone";
import { Failing, LoadingRows } from "@/shared/states";
import { StatusBadge } from "@/shared/status-badge";
import styles from "./events.module.css";
import { typeName } from "./words";

interface Props {
  eventId: string;
  attendeeId: string;
  onClose: () => void;
}

const FAILED = new Set(["failed", "undelivered"]);

/** All texts to one attendee, with the reason of each failure and another try. */
export function SmsHistoryPanel({ eventId, attendeeId, onClose }: Props) {
  const history = queries.useQuery(
    "get",
    "/api/events/{eventId}/attendees/{attendeeId}/sms-history",
    { params: { path: { eventId, attendeeId } } },
    { staleTime: 0 },
  );
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title="SMS History">
      {history.data ? (
        <History eventId={eventId} attendeeId={attendeeId} history={history.data} />
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
}

function History({ eventId, attendeeId, history }: HistoryProps) {
  const { attendee, messages, summary } = history;
  const retry = useRetry(eventId, attendeeId);
  const retryOnce = useSingle(retry);
  const retried = new Set(messages.map(({ retryOf }) => retryOf));
  const open = messages.filter(({ id, status }) => FAILED.has(status) && !retried.has(id));
  return (
    <Stack gap="md">
      <Text size="sm">
        {[attendee.firstName, attendee.lastName].filter(Boolean).join(" ")}
        {attendee.phone && (
          <>
            {" • "}
            <Phone number={attendee.phone} />
          </>
        )}
      </Text>
      <FormBanner problem={retry.error ? asProblem(retry.error) : null} />
      {messages.length === 0 && <Text c="dimmed">No text was sent to this attendee.</Text>}
      {messages.map((message) => (
        <Card
          key={message.id}
          message={message}
          isRetried={retried.has(message.id)}
          isBusy={retry.isPending}
          onRetry={(force) => retryOnce({ messageId: message.id, force })}
        />
      ))}
      <Group justify="space-between" className={styles.foot}>
        <Text size="sm">
          {counted(summary.total, "message")} • {summary.delivered} delivered • {summary.failed}{" "}
          failed • {summary.pending} pending
        </Text>
        {open.length > 1 && (
          <Button
            size="xs"
            variant="default"
            loading={retry.isPending}
            onClick={() => retryOnce({ retryAll: true })}
          >
            Retry All Failed
          </Button>
        )}
      </Group>
    </Stack>
  );
}

interface CardProps {
  message: AttendeeSms;
  /** Whether a later message is another try of this one. */
  isRetried: boolean;
  isBusy: boolean;
  onRetry: (force: boolean) => void;
}

function Card({ message, isRetried, isBusy, onRetry }: CardProps) {
  const at = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const hasFailed = FAILED.has(message.status);
  return (
    <article className={styles.card}>
      <div className={styles.cardHead}>
        <Text size="xs" c="dimmed">
          {at.format(new Date(message.createdAt))}
          {message.retryOf && " • another try"}
        </Text>
        <StatusBadge status={message.status} />
      </div>
      <Text size="sm" fw={500}>
        {typeName(message.notificationType)}
      </Text>
      {message.body && (
        <p className={styles.quote} dir="auto">
          “{message.body}”
        </p>
      )}
      {hasFailed && (
        <details className={styles.error} open={!isRetried}>
          <summary>
            <TriangleAlert size={14} aria-hidden /> Error {message.errorCode}: {message.errorTitle}
          </summary>
          <Text size="sm">{message.errorMessage}</Text>
          {isRetried ? (
            <Text size="xs" c="dimmed">
              It was sent again.
            </Text>
          ) : (
            <Group justify="flex-end">
              <Button
                size="xs"
                variant="default"
                loading={isBusy}
                onClick={() => onRetry(message.retryable === false)}
              >
                {message.retryable === false ? "Retry anyway" : "Retry"}
              </Button>
            </Group>
          )}
        </details>
      )}
    </article>
  );
}

interface RetryOrder {
  messageId?: string;
  retryAll?: boolean;
  force?: boolean;
}

/** Send failed texts of an attendee again: one for each press. */
function useRetry(eventId: string, attendeeId: string) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: RetryOrder) => {
      const params = { path: { eventId, attendeeId } };
      const headers = intent.headers(body);
      const route = "/api/events/{eventId}/attendees/{attendeeId}/sms-retry";
      return (await api.POST(route, { params, body, headers })).data;
    },
    onSuccess: () => {
      intent.done();
      const stale = (key: unknown) => typeof key === "string" && key.startsWith("/api/events");
      void cache.invalidateQueries({ predicate: ({ queryKey }) => stale(queryKey[1]) });
    },
  });
}
