import type { Conversation } from "@generated/api";
import { UnstyledButton } from "@mantine/core";
import { Ban, CircleHelp, CornerUpRight, TriangleAlert } from "lucide-react";
import { memo } from "react";
import { Phone } from "@/shared/phone";
import { exactTime, relativeTime } from "@/shared/time";
import styles from "./inbox.module.css";

const FAILED = new Set(["failed", "undelivered"]);

interface Props {
  conversation: Conversation;
  isOpen: boolean;
  onOpen: (contactId: string) => void;
  now: Date;
}

/** A conversation in the list: the person, the last message, and what needs attention. */
export const ConversationRow = memo(({ conversation, isOpen, onOpen, now }: Props) => {
  const { contactId, phone, lastMessage, lastMessageAt, unreadCount } = conversation;
  const at = new Date(lastMessageAt);
  return (
    <UnstyledButton
      className={styles.row}
      aria-current={isOpen}
      data-unread={unreadCount > 0}
      onClick={() => onOpen(contactId)}
    >
      <span className={styles.rowHead}>
        <span className={styles.name} dir="auto">
          {conversation.contactName || <Phone number={phone} />}
        </span>
        <time className={styles.when} dateTime={lastMessageAt} title={exactTime(at)}>
          {relativeTime(at, now)}
        </time>
      </span>
      <span className={styles.rowHead}>
        <span className={styles.lastLine} dir="auto">
          {conversation.lastDirection === "out" && (
            <CornerUpRight size={14} aria-label="Sent by your organisation:" />
          )}
          {lastMessage}
        </span>
        <span className={styles.marks}>
          <Marks conversation={conversation} />
        </span>
      </span>
    </UnstyledButton>
  );
});

function Marks({ conversation }: Pick<Props, "conversation">) {
  const { unreadCount, lastStatus, lastErrorTitle, optedOut, optOutReviewSince } = conversation;
  const hasFailed = FAILED.has(lastStatus ?? "");
  return (
    <>
      {hasFailed && (
        <span className={styles.mark} data-tone="failed" title={lastErrorTitle ?? undefined}>
          <TriangleAlert size={14} aria-hidden />
          Failed
        </span>
      )}
      {optOutReviewSince && (
        <span className={styles.mark} data-tone="unknown">
          <CircleHelp size={14} aria-hidden />
          Opt-out?
        </span>
      )}
      {optedOut && (
        <span className={styles.mark}>
          <Ban size={14} aria-hidden />
          Opted out
        </span>
      )}
      {unreadCount > 0 && (
        <span className={styles.unread}>
          <span aria-hidden>{unreadCount}</span>
          <span className="visually-hidden">{unreadCount} unread</span>
        </span>
      )}
    </>
  );
}
