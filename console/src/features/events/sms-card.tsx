import type { AttendeeSms } from "@generated/api";
import { Anchor, Button, Group, Text } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { StatusBadge } from "@/shared/status-badge";
import styles from "./events.module.css";
import { FAILED } from "./use-retry";
import { timeInHistory, typeName } from "./words";

interface Props {
  message: AttendeeSms;
  /** The later text that is a retry of this text. */
  retriedBy: AttendeeSms | undefined;
  /** The earlier text that this text is a retry of. */
  retryOf: AttendeeSms | undefined;
  canRetry: boolean;
  isBusy: boolean;
  /** The reason why the API sends this text again only after a second confirmation. */
  refusal: string | null;
  onRetry: (force: boolean) => void;
}

/** One text in the history of an attendee: its time, kind, words and result. */
export function SmsCard(props: Props) {
  const { message, retryOf } = props;
  return (
    <article className={styles.card} id={anchorOf(message)}>
      <div className={styles.cardHead}>
        <Text size="xs" c="dimmed" component="time" dateTime={message.createdAt}>
          {timeInHistory(message.createdAt)}
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
      {message.retryOf && (
        <Text size="xs" c="dimmed">
          This is another try of{" "}
          {retryOf ? (
            <Anchor size="xs" href={`#${anchorOf(retryOf)}`}>
              the text of {timeInHistory(retryOf.createdAt)}
            </Anchor>
          ) : (
            "an earlier text"
          )}
        </Text>
      )}
      {FAILED.has(message.status) && <Failure {...props} />}
    </article>
  );
}

function Failure({ message, retriedBy, canRetry, isBusy, refusal, onRetry }: Props) {
  const { errorCode, errorTitle, errorMessage } = message;
  const title = errorCode ? `Error ${errorCode}: ${errorTitle}` : (errorTitle ?? "It was not sent");
  return (
    <details className={styles.error} open={!retriedBy}>
      <summary>
        <TriangleAlert size={14} aria-hidden /> {title}
      </summary>
      {errorMessage && <Text size="sm">{errorMessage}</Text>}
      {refusal && (
        <Text size="sm" role="alert" mt={4}>
          {refusal}
        </Text>
      )}
      {retriedBy ? (
        <Text size="xs" c="dimmed">
          Sent again as{" "}
          <Anchor size="xs" href={`#${anchorOf(retriedBy)}`}>
            the text of {timeInHistory(retriedBy.createdAt)}
          </Anchor>
        </Text>
      ) : (
        canRetry && (
          <Group justify="flex-end" mt={4}>
            <Button
              size="xs"
              variant="default"
              loading={isBusy}
              onClick={() => onRetry(refusal !== null)}
            >
              {refusal ? "Send it anyway" : "Retry"}
            </Button>
          </Group>
        )
      )}
    </details>
  );
}

const anchorOf = ({ id }: AttendeeSms) => `sms-${id}`;
