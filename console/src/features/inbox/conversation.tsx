import type { Contact, Conversation as Facts } from "@generated/api";
import { Text } from "@mantine/core";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { Failing, LoadingRows } from "@/shared/states";
import { Composer } from "./composer";
import { ConversationHead } from "./conversation-head";
import styles from "./inbox.module.css";
import { Messages } from "./messages";
import { OptOutReview } from "./opt-out-review";
import { Person } from "./person";
import { useConversation, useMarkAsRead } from "./use-conversation";
import { usePendingReply } from "./use-reply";
import { useThread } from "./use-thread";

interface Props {
  contactId: string;
  messageId: string | undefined;
  onClose: () => void;
}

/** A conversation: the messages, the box for the answer, and details of the person. */
export function Conversation({ contactId, messageId, onClose }: Props) {
  const contact = queries.useQuery("get", "/api/contacts/{id}", {
    params: { path: { id: contactId } },
  });
  const facts = useConversation(contactId);
  const page = useThread(contactId);
  const pending = usePendingReply(contactId);
  const { thread } = page;
  useMarkAsRead(contactId, thread.data ? (facts?.unreadCount ?? 0) : 0);
  const messages = thread.data?.items;
  const known = messages ?? [];
  return (
    <>
      <section className={styles.conversation} aria-label="Conversation">
        <ConversationHead
          contactId={contactId}
          contact={contact.data}
          facts={facts}
          messages={known}
          onClose={onClose}
        />
        {facts && <OptOutReview conversation={facts} />}
        {messages === undefined ? (
          <div className={styles.messages}>
            {thread.error ? (
              <Failing problem={asProblem(thread.error)} onRetry={() => void thread.refetch()} />
            ) : (
              <LoadingRows rows={6} />
            )}
          </div>
        ) : (
          <Messages messages={messages} thread={page} pending={pending} openAt={messageId} />
        )}
        <Composer
          contactId={contactId}
          thread={page}
          contact={contact.data}
          messages={known}
          refusal={refusalOf(contact.data, facts ?? null)}
        />
      </section>
      <aside className={styles.personPane} aria-label="Person">
        {contact.data ? (
          <Person contact={contact.data} messages={known} />
        ) : contact.error ? (
          <Text size="sm" p="md" c="dimmed">
            {asProblem(contact.error).message}
          </Text>
        ) : (
          <LoadingRows rows={4} />
        )}
      </aside>
    </>
  );
}

/** Return the reason why a person can't be texted, or null if they can. */
function refusalOf(contact: Contact | undefined, facts: Facts | null): string | null {
  if (facts && !facts.canReply) {
    return facts.cannotReplyReason ?? "The other side can't receive texts.";
  }
  if (contact?.optStatus === "opted_out" || facts?.optedOut) {
    return "This person opted out. They can be texted again after they text START, or after an admin opts them in with proof of consent.";
  }
  return null;
}
