import type { WaitingConversations } from "@generated/api";
import { Stack, Text, Title } from "@mantine/core";
import { counted } from "@/shared/number";
import { Phone } from "@/shared/phone";
import { RelativeTime } from "@/shared/time";

/** The conversations that wait for an answer. */
export function Conversations({ waiting }: { waiting: WaitingConversations }) {
  return (
    <Stack gap="xs">
      <Title order={2}>Waiting for an answer</Title>
      {waiting.items.length === 0 ? (
        <Text c="dimmed" size="sm">
          Every message is read.
        </Text>
      ) : (
        <>
          <Text size="sm" c="dimmed">
            {counted(waiting.unreadMessages, "unread message")}
          </Text>
          {waiting.items.map((conversation) => (
            <div key={conversation.contactId}>
              <Text size="sm" fw={500}>
                <Phone number={conversation.phone} />
              </Text>
              <Text size="sm" c="dimmed" truncate dir="auto">
                {conversation.lastMessage}
              </Text>
              {conversation.lastMessageAt && (
                <Text size="xs" c="dimmed">
                  <RelativeTime at={conversation.lastMessageAt} />
                </Text>
              )}
            </div>
          ))}
        </>
      )}
    </Stack>
  );
}
