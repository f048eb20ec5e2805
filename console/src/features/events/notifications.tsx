import type { EventNotification } from "@generated/api";
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { campaignLook } from "@/shared/campaign-look";
import { FormBanner } from "@/shared/form";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { OutcomeBar } from "@/shared/outcome-bar";
import { Failing } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { RelativeTime } from "@/shared/time";
import { useCurrency } from "@/shared/use-organisation";
import { useNotifications, useStaleEvents } from "./queries";
import { typeName } from "./words";

interface Props {
  eventId: string;
  canCurate: boolean;
}

/** The event messages that were sent to many attendees, each shown like a small campaign. */
export function Notifications({ eventId, canCurate }: Props) {
  const sent = useNotifications(eventId);
  if (sent.error) {
    return <Failing problem={asProblem(sent.error)} onRetry={() => void sent.refetch()} />;
  }
  if (!sent.data || sent.data.items.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={2}>Sent to attendees</Title>
      <Stack gap="lg">
        {sent.data.items.map((item) => (
          <Item key={item.id} eventId={eventId} item={item} canCurate={canCurate} />
        ))}
      </Stack>
    </Stack>
  );
}

interface ItemProps {
  eventId: string;
  item: EventNotification;
  canCurate: boolean;
}

function Item({ eventId, item, canCurate }: ItemProps) {
  const look = campaignLook(item.status);
  const currency = useCurrency();
  return (
    <article>
      <Stack gap={6}>
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <Text fw={500}>{typeName(item.notificationType)}</Text>
            <Badge tone={look.tone} icon={look.icon} size="sm">
              {look.word}
            </Badge>
            <Text size="xs" c="dimmed" component="span">
              <RelativeTime at={item.createdAt} />
            </Text>
          </Group>
          {canCurate && <Actions eventId={eventId} item={item} />}
        </Group>
        {item.statusMessage && <Text size="sm">{item.statusMessage}</Text>}
        <Text size="sm" c="dimmed" dir="auto" lineClamp={2}>
          {item.message}
        </Text>
        {item.metrics && <OutcomeBar metrics={item.metrics} />}
        <Text size="xs" c="dimmed" className="figures">
          {counted(item.recipients, "attendee")}
          {item.withoutPhone > 0 && `, ${item.withoutPhone} without a number`}
          {item.metrics && `, ${formatMoney(item.metrics.spentCents, currency)} spent`}
        </Text>
      </Stack>
    </article>
  );
}

type Change = "cancel" | "resume";

/** Buttons that stop an event message, or resume a paused one. */
function Actions({ eventId, item }: { eventId: string; item: EventNotification }) {
  const refresh = useStaleEvents();
  const change = useMutation({
    mutationFn: async (kind: Change) => {
      const params = { path: { eventId, notificationId: item.id } };
      const route = "/api/events/{eventId}/notifications/{notificationId}";
      return kind === "cancel"
        ? (await api.PATCH(`${route}/cancel`, { params })).data
        : (await api.PATCH(`${route}/resume`, { params })).data;
    },
    onSettled: refresh,
  });
  if (item.status !== "running" && item.status !== "paused") return null;
  return (
    <Stack gap={4} align="flex-end">
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          loading={change.isPending}
          onClick={() => change.mutate("cancel")}
        >
          Stop
        </Button>
        {item.status === "paused" && (
          <Button size="xs" loading={change.isPending} onClick={() => change.mutate("resume")}>
            Resume
          </Button>
        )}
      </Group>
      <FormBanner problem={change.error ? asProblem(change.error) : null} />
    </Stack>
  );
}
