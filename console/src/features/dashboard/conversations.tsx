import type { WaitingConversations } from "@generated/api";
import { Group, Stack, Text, Title } from "@mantine/core";
import { TextLink } from "@/shared/links";
import { counted } from "@/shared/number";
import { Phone } from "@/shared/phone";
import { RelativeTime } from "@/shared/time";

/** The conversations with messages that nobody has read. */
export function Conversations({ waiting }: { waiting: WaitingConversations }) {
  return (
    <Stack gap="xs">
      <Title order={2}>Unread conversations</Title>
      {waiting.items.length === 0 ? (
        <Text c="dimmed" size="sm">
          Every message is read.
        </Text>
      ) : (
        <>
          <Text size="sm" c="dimmed">
            {counted(waiting.unreadMessages, "unread message")}
          </Text>
          {waiting.items.map(({ contactId, contactName, phone, lastMessage, lastMessageAt }) => (
            <div key={contactId}>
              <Group justify="space-between" wrap="nowrap" gap="xs">
                <TextLink to="/inbox" search={{ contact: contactId }} size="sm" fw={500} truncate>
                  {contactName ? <bdi>{contactName}</bdi> : <Phone number={phone} />}
                </TextLink>
                <Text size="xs" c="dimmed" component="span" style={{ flex: "none" }}>
                  <RelativeTime at={lastMessageAt} />
                </Text>
              </Group>
              <Text size="sm" c="dimmed" truncate dir="auto">
                {lastMessage}
              </Text>
            </div>
          ))}
          <TextLink to="/inbox" search={{ show: "unread" }} size="sm">
            All unread conversations
          </TextLink>
        </>
      )}
    </Stack>
  );
}
