import type { Message } from "@generated/api";
import { Button, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { useEffect, useRef } from "react";
import { api, queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { nameOf } from "@/features/contacts/names";
import { Phone } from "@/shared/phone";
import { Failing, LoadingRows } from "@/shared/states";
import { StatusBadge } from "@/shared/status-badge";
import { exactTime } from "@/shared/time";
import { Composer } from "./composer";
import { ConversationDeeds } from "./conversation-deeds";
import styles from "./inbox.module.css";

const ASK_EVERY_MS = 5_000;
const READ_AFTER_MS = 1_000;

interface Props {
  contactId: string;
  onClose: () => void;
}

/** One person's messages, the oldest above, and the box for the answer. */
export function Conversation({ contactId, onClose }: Props) {
  const contact = queries.useQuery("get", "/api/contacts/{id}", {
    params: { path: { id: contactId } },
  });
  const interval = useInterval(ASK_EVERY_MS);
  const pages = queries.useInfiniteQuery(
    "get",
    "/api/messages/thread/{contactId}",
    { params: { path: { contactId }, query: { limit: 50 } } },
    { ...PAGES, refetchInterval: interval },
  );
  useMarkAsRead(contactId, pages.dataUpdatedAt > 0);
  const messages = pages.data?.pages.flatMap((page) => page.items);
  return (
    <section className={styles.conversation} aria-label="Conversation">
      <div className={styles.conversationHead}>
        <Button
          className={styles.back}
          variant="subtle"
          size="compact-sm"
          leftSection={<ArrowLeft size={16} aria-hidden />}
          onClick={onClose}
        >
          Back
        </Button>
        <div>
          <Text fw={600}>{contact.data ? (nameOf(contact.data) ?? "No name") : " "}</Text>
          {contact.data && (
            <Text size="xs" c="dimmed">
              <Phone number={contact.data.phone} />
              {contact.data.optStatus === "opted_out" && " · opted out"}
            </Text>
          )}
        </div>
        <ConversationDeeds
          contactId={contactId}
          newestIn={messages?.find(({ direction }) => direction === "in")?.id}
          onClose={onClose}
        />
      </div>
      {messages === undefined ? (
        pages.error ? (
          <Failing problem={asProblem(pages.error)} onRetry={() => void pages.refetch()} />
        ) : (
          <LoadingRows rows={6} />
        )
      ) : (
        <Messages
          messages={messages}
          hasOlder={pages.hasNextPage}
          onOlder={() => void pages.fetchNextPage()}
        />
      )}
      <Composer
        contactId={contactId}
        refusal={
          contact.data?.optStatus === "opted_out"
            ? "This person opted out. They can be texted again after they text START."
            : null
        }
      />
    </section>
  );
}

interface MessagesProps {
  /** Newest first. */
  messages: Message[];
  hasOlder: boolean;
  onOlder: () => void;
}

function Messages({ messages, hasOlder, onOlder }: MessagesProps) {
  const end = useRef<HTMLLIElement>(null);
  const newest = messages[0]?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it scrolls for each new message
  useEffect(() => {
    end.current?.scrollIntoView({ block: "end" });
  }, [newest]);
  const oldestFirst = messages.toReversed();
  return (
    <ol className={styles.messages} aria-live="polite">
      {hasOlder && (
        <li className={styles.day}>
          <Button variant="subtle" size="compact-sm" onClick={onOlder}>
            Show older messages
          </Button>
        </li>
      )}
      {oldestFirst.map((message, index) => (
        <Bubble key={message.id} message={message} before={oldestFirst[index - 1]} />
      ))}
      <li ref={end} aria-hidden />
    </ol>
  );
}

function Bubble({ message, before }: { message: Message; before: Message | undefined }) {
  const at = new Date(message.createdAt);
  const isNewDay =
    before === undefined || new Date(before.createdAt).toDateString() !== at.toDateString();
  return (
    <>
      {isNewDay && (
        <li className={styles.day}>
          {new Intl.DateTimeFormat(undefined, { dateStyle: "full" }).format(at)}
        </li>
      )}
      <li className={styles.message} data-direction={message.direction}>
        <p className={styles.bubble} dir="auto">
          {message.message}
        </p>
        <div className={styles.meta}>
          <time dateTime={message.createdAt} title={exactTime(at)}>
            {new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(at)}
          </time>
          {message.direction === "out" && <StatusBadge status={message.status} size="sm" />}
        </div>
        {message.errorTitle && (
          <Text size="xs" c="red">
            {message.errorTitle}
          </Text>
        )}
      </li>
    </>
  );
}

/** Mark the conversation as read once it was in view for a second. */
function useMarkAsRead(contactId: string, isShown: boolean): void {
  const cache = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: async () =>
      api.POST("/api/messages/threads/{contactId}/read", { params: { path: { contactId } } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["get", "/api/messages/threads"] }),
  });
  useEffect(() => {
    if (!isShown) return;
    const timer = setTimeout(() => mutate(), READ_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isShown, mutate]);
}
