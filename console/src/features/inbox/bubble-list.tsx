import type { Message } from "@generated/api";
import { Fragment, memo } from "react";
import { useNow } from "@/shared/time";
import { Bubble } from "./bubble";
import { dayName, isFirstOfDay } from "./days";
import styles from "./inbox.module.css";

interface Props {
  messages: Message[];
  /** The id of the first message that was unread when the conversation was opened. */
  firstUnread: string | undefined;
  /** The id of the message that somebody looks for. */
  openAt: string | undefined;
}

/**
 * The messages, with a line above the first of each day. A long conversation has thousands, so they
 * are not drawn again with every letter of an answer.
 */
export const BubbleList = memo(({ messages, firstUnread, openAt }: Props) => {
  const now = useNow();
  return messages.map((message, index) => (
    <Fragment key={message.id}>
      {isFirstOfDay(message, messages[index - 1]) && (
        <li className={styles.day}>{dayName(new Date(message.createdAt), now)}</li>
      )}
      {message.id === firstUnread && <li className={styles.newLine}>New</li>}
      <Bubble message={message} isSought={message.id === openAt} />
    </Fragment>
  ));
});
