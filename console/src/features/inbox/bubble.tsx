import type { Message } from "@generated/api";
import { Button, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { memo, useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useUser } from "@/client/use-session";
import { useSingle } from "@/client/use-single";
import { TextLink } from "@/shared/links";
import { SentFor } from "@/shared/sent-for";
import { StatusBadge } from "@/shared/status-badge";
import { exactTime } from "@/shared/time";
import styles from "./inbox.module.css";
import { Media } from "./media";

const FAILED = new Set(["failed", "undelivered"]);

/** One message with its status. If it failed, also the reason and a button to send it again. */
export const Bubble = memo(({ message, isSought }: { message: Message; isSought: boolean }) => (
  <li
    className={styles.message}
    data-direction={message.direction}
    data-message={message.id}
    data-sought={isSought}
  >
    {message.message && (
      <p className={styles.bubble} dir="auto">
        {message.message}
      </p>
    )}
    {message.mediaCount > 0 && <Media messageId={message.id} count={message.mediaCount} />}
    <Meta message={message} />
    {message.direction === "out" && FAILED.has(message.status) && <Failure message={message} />}
  </li>
));

function Meta({ message }: { message: Message }) {
  const user = useUser();
  const at = new Date(message.createdAt);
  const isColleagues = message.userId !== null && message.userId !== user.id;
  return (
    <div className={styles.meta}>
      {isColleagues && message.userName && <span>{message.userName}</span>}
      <SentFor message={message} size="xs" />
      <TextLink
        to="/messages/$messageId"
        params={{ messageId: message.id }}
        size="xs"
        c="dimmed"
        title={exactTime(at)}
      >
        <time dateTime={message.createdAt}>
          {new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(at)}
        </time>
      </TextLink>
      {message.direction === "out" && <StatusBadge status={message.status} size="sm" />}
    </div>
  );
}

/** The reason why a text failed, and a button to send it again. */
function Failure({ message }: { message: Message }) {
  const retry = useRetry(message);
  const retryOnce = useSingle(retry);
  const [isExplained, setExplained] = useState(false);
  const problem = retry.error ? asProblem(retry.error) : null;
  const mustForce = message.retryable === false || problem?.code === "not_retryable";
  return (
    <div className={styles.failure}>
      <Text size="xs" fw={500} c="var(--sb-failed)">
        {message.errorTitle ?? "The text did not arrive"}
      </Text>
      {isExplained && <Text size="xs">{message.errorMessage}</Text>}
      {problem && (
        <Text size="xs" role="alert">
          {problem.message}
        </Text>
      )}
      <div className={styles.failureActions}>
        {message.errorMessage && !isExplained && (
          <Button variant="subtle" size="compact-xs" onClick={() => setExplained(true)}>
            What to do
          </Button>
        )}
        {message.retriedBy ? (
          <Text size="xs" c="dimmed">
            Sent again below
          </Text>
        ) : (
          message.eventId === null && (
            <Button
              variant="default"
              size="compact-xs"
              loading={retry.isPending}
              onClick={() => retryOnce(mustForce)}
            >
              {mustForce ? "Send it anyway" : "Send again"}
            </Button>
          )
        )}
      </div>
    </div>
  );
}

function useRetry(message: Message) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (force: boolean) => {
      const params = { path: { id: message.id } };
      const body = { force };
      const headers = intent.headers(body);
      await api.POST("/api/messages/{id}/retry", { params, body, headers });
    },
    onSuccess: () => {
      intent.done();
      const isMessages = (path: unknown) =>
        typeof path === "string" && path.startsWith("/api/messages");
      void cache.invalidateQueries({ predicate: ({ queryKey }) => isMessages(queryKey[1]) });
    },
  });
}

/** The user's answer, while the server has not accepted it yet. */
export function PendingBubble({ text }: { text: string }) {
  return (
    <li className={styles.message} data-direction="out">
      <p className={styles.bubble} dir="auto">
        {text}
      </p>
      <div className={styles.meta}>
        <StatusBadge status="sending" size="sm" />
      </div>
    </li>
  );
}
