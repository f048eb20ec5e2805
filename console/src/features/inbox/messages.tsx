import type { Message } from "@generated/api";
import { Button, Loader } from "@mantine/core";
import { ArrowDown } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { asProblem } from "@/client/problem";
import { counted } from "@/shared/number";
import { PendingBubble } from "./bubble";
import { BubbleList } from "./bubble-list";
import styles from "./inbox.module.css";
import { useConversationScroll } from "./use-scroll";
import type { ThreadOnPage } from "./use-thread";

interface Props {
  messages: Message[];
  thread: ThreadOnPage;
  /** The answer that is being sent to the server, or null. */
  pending: string | null;
  /** The id of the message to show first. */
  openAt: string | undefined;
}

/**
 * The messages of a conversation, oldest first. Older ones are loaded when the user scrolls up.
 */
export function Messages({ messages, thread, pending, openAt }: Props) {
  const { older } = thread;
  const hasOlder = Boolean(thread.thread.data?.olderCursor);
  const box = useRef<HTMLDivElement>(null);
  const [firstUnread] = useState(() => messages.find(isUnread)?.id);
  const scroll = useConversationScroll(box, {
    first: messages[0]?.id,
    last: pending ?? messages.at(-1)?.id,
    isLastOurs: pending !== null,
    onNearTop: () => {
      if (hasOlder && !older.isPending && !older.isError) thread.loadOlder();
    },
  });
  useOpenAt(openAt, thread, box);
  return (
    <div className={styles.messagesFrame}>
      <div
        ref={box}
        className={styles.messages}
        role="log"
        aria-label="Messages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: people without a mouse scroll it with keys
        tabIndex={0}
        onScroll={scroll.onScroll}
      >
        <ol className={styles.plain}>
          <li className={styles.day}>
            <Older thread={thread} hasOlder={hasOlder} />
          </li>
          <BubbleList messages={messages} firstUnread={firstUnread} openAt={openAt} />
          {pending !== null && <PendingBubble text={pending} />}
        </ol>
      </div>
      {scroll.isAway && (
        <Button
          className={styles.toEnd}
          size="compact-sm"
          variant={scroll.hasNew ? "filled" : "default"}
          leftSection={<ArrowDown size={14} aria-hidden />}
          onClick={scroll.toEnd}
        >
          {scroll.hasNew ? "New messages" : "Go to the latest"}
        </Button>
      )}
    </div>
  );
}

const isUnread = ({ direction, readAt }: Message) => direction === "in" && readAt === null;

function Older({ thread: page, hasOlder }: OlderProps) {
  const { older, thread } = page;
  if (older.isPending) return <Loader size="xs" aria-label="Loading older messages" />;
  if (hasOlder) {
    return (
      <Button variant="subtle" size="compact-sm" onClick={page.loadOlder}>
        {older.isError ? "Older messages could not be loaded. Try again" : "Show older messages"}
      </Button>
    );
  }
  if (thread.error) return <span role="status">{asProblem(thread.error).message}</span>;
  return <>{counted(thread.data?.items.length ?? 0, "message")} in all</>;
}

interface OlderProps {
  thread: ThreadOnPage;
  hasOlder: boolean;
}

/** Load older messages until a given message is loaded, and show that message. */
function useOpenAt(
  messageId: string | undefined,
  { reach }: ThreadOnPage,
  box: React.RefObject<HTMLElement | null>,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs once for each requested message
  useEffect(() => {
    if (!messageId) return;
    let isWanted = true;
    void reach(messageId)
      .catch(() => undefined)
      .then(() => {
        if (!isWanted) return;
        const found = box.current?.querySelector(`[data-message="${messageId}"]`);
        found?.scrollIntoView({ block: "center" });
      });
    return () => {
      isWanted = false;
    };
  }, [messageId]);
}
