import { Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { Screen } from "@/shared/screen";
import { Conversation } from "./conversation";
import { ConversationList } from "./conversation-list";
import styles from "./inbox.module.css";

const route = getRouteApi("/app/inbox");

/** The conversations and the open one. On a phone, one of the two. */
export function InboxPage() {
  const { contact, unread } = route.useSearch();
  const navigate = route.useNavigate();
  const open = (contactId: string | undefined) =>
    void navigate({ search: { unread, contact: contactId } });
  return (
    <Screen title="Inbox">
      <div className={styles.panes} data-open={contact !== undefined}>
        <ConversationList
          openId={contact}
          isUnreadOnly={unread ?? false}
          onOpen={open}
          onUnreadOnly={(isOn) => void navigate({ search: { contact, unread: isOn || undefined } })}
        />
        {contact ? (
          <Conversation key={contact} contactId={contact} onClose={() => open(undefined)} />
        ) : (
          <Text c="dimmed" className={styles.nothing}>
            Choose a conversation.
          </Text>
        )}
      </div>
    </Screen>
  );
}
