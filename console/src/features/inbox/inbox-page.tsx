import { Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { Screen } from "@/shared/screen";
import { Conversation } from "./conversation";
import { ConversationList } from "./conversation-list";
import styles from "./inbox.module.css";
import type { InboxSearch } from "./search";

const route = getRouteApi("/app/inbox");

/**
 * The list of conversations, the open conversation, and its person. On phones only one of the
 * three.
 */
export function InboxPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = (changes: InboxSearch, replace = false) =>
    void navigate({ search: { ...search, ...changes }, replace });
  const open = (contact: string | undefined, message?: string) => go({ contact, message });
  return (
    <Screen title="Inbox">
      <div className={styles.panes} data-open={search.contact !== undefined}>
        <ConversationList search={search} onOpen={open} onChange={(changes) => go(changes, true)} />
        {search.contact ? (
          <Conversation
            key={search.contact}
            contactId={search.contact}
            messageId={search.message}
            onClose={() => open(undefined)}
          />
        ) : (
          <Text c="dimmed" className={styles.nothing}>
            Choose a conversation.
          </Text>
        )}
      </div>
    </Screen>
  );
}
