import type { Conversation } from "@generated/api";
import { Checkbox, Text, UnstyledButton } from "@mantine/core";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { ListFooter } from "@/shared/list-footer";
import { Phone } from "@/shared/phone";
import { Empty, Failing, LoadingRows } from "@/shared/states";
import { RelativeTime } from "@/shared/time";
import styles from "./inbox.module.css";

const ASK_EVERY_MS = 10_000;

interface Props {
  openId: string | undefined;
  isUnreadOnly: boolean;
  onOpen: (contactId: string) => void;
  onUnreadOnly: (isOn: boolean) => void;
}

/** The conversations, the latest first. */
export function ConversationList({ openId, isUnreadOnly, onOpen, onUnreadOnly }: Props) {
  const interval = useInterval(ASK_EVERY_MS);
  const conversations = queries.useInfiniteQuery(
    "get",
    "/api/messages/threads",
    { params: { query: { unread: isUnreadOnly || undefined, limit: 50 } } },
    { ...PAGES, refetchInterval: interval },
  );
  const rows = conversations.data?.pages.flatMap((page) => page.items);
  return (
    <section className={styles.list} aria-label="Conversations">
      <div className={styles.listHead}>
        <Checkbox
          label="Unread only"
          size="xs"
          checked={isUnreadOnly}
          onChange={(event) => onUnreadOnly(event.currentTarget.checked)}
        />
      </div>
      {rows === undefined ? (
        conversations.error ? (
          <Failing
            problem={asProblem(conversations.error)}
            onRetry={() => void conversations.refetch()}
          />
        ) : (
          <LoadingRows />
        )
      ) : (
        <ul className={styles.rows}>
          {rows.map((conversation) => (
            <li key={conversation.contactId}>
              <Row
                conversation={conversation}
                isOpen={conversation.contactId === openId}
                onOpen={onOpen}
              />
            </li>
          ))}
          {rows.length === 0 && (
            <li style={{ padding: 16 }}>
              <Empty>
                {isUnreadOnly
                  ? "Every message is read."
                  : "When somebody answers one of your texts, the conversation is here."}
              </Empty>
            </li>
          )}
        </ul>
      )}
      <ListFooter query={conversations} />
    </section>
  );
}

interface RowProps {
  conversation: Conversation;
  isOpen: boolean;
  onOpen: (contactId: string) => void;
}

function Row({ conversation, isOpen, onOpen }: RowProps) {
  const { contactId, phone, lastMessage, lastMessageAt, unreadCount } = conversation;
  return (
    <UnstyledButton
      className={styles.row}
      data-row
      aria-current={isOpen}
      data-unread={unreadCount > 0}
      onClick={() => onOpen(contactId)}
    >
      <span className={styles.rowHead}>
        <span className={styles.name}>{conversation.contactName || <Phone number={phone} />}</span>
        <Text component="span" size="xs" c="dimmed">
          <RelativeTime at={lastMessageAt} />
        </Text>
      </span>
      <span className={styles.rowHead}>
        <Text component="span" size="sm" c="dimmed" truncate dir="auto">
          {conversation.lastDirection === "out" && "You: "}
          {lastMessage}
        </Text>
        {unreadCount > 0 && (
          <span className={styles.unread}>
            <span aria-hidden>{unreadCount}</span>
            <span className="visually-hidden">{unreadCount} unread</span>
          </span>
        )}
      </span>
    </UnstyledButton>
  );
}
