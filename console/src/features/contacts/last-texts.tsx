import type { Message } from "@generated/api";
import { Group, Stack, Text, Title } from "@mantine/core";
import { CornerDownLeft } from "lucide-react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { ButtonLink, TextLink } from "@/shared/links";
import { Failing, LoadingRows } from "@/shared/states";
import { StatusBadge } from "@/shared/status-badge";
import { RelativeTime } from "@/shared/time";

const SHOWN = 5;

/** The last texts to and from a contact, with a link to the conversation. */
export function LastTexts({ contactId }: { contactId: string }) {
  const messages = queries.useQuery("get", "/api/messages", {
    params: { query: { contactId, limit: SHOWN } },
  });
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={3}>Last texts</Title>
        <ButtonLink to="/inbox" search={{ contact: contactId }} variant="default" size="compact-sm">
          Open the conversation
        </ButtonLink>
      </Group>
      {messages.data ? (
        messages.data.items.map((message) => <Line key={message.id} message={message} />)
      ) : messages.error ? (
        <Failing problem={asProblem(messages.error)} onRetry={() => void messages.refetch()} />
      ) : (
        <LoadingRows rows={3} />
      )}
      {messages.data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          No text yet.
        </Text>
      )}
    </Stack>
  );
}

function Line({ message }: { message: Message }) {
  return (
    <div>
      <TextLink to="/messages/$messageId" params={{ messageId: message.id }} size="sm" c="inherit">
        <Text component="span" size="sm" lineClamp={2} dir="auto">
          {message.message || "No text"}
        </Text>
      </TextLink>
      <Group gap="xs">
        {message.direction === "out" ? (
          <StatusBadge status={message.status} size="sm" />
        ) : (
          <Text size="xs" c="dimmed">
            <CornerDownLeft size={12} aria-hidden /> Received
          </Text>
        )}
        <Text size="xs" c="dimmed">
          <RelativeTime at={message.createdAt} />
        </Text>
      </Group>
    </div>
  );
}
