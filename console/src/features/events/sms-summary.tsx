import { Group, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { formatCount, formatShare } from "@/shared/number";
import { Failing, LoadingRows } from "@/shared/states";
import { StatusBadge } from "@/shared/status-badge";
import { typeName } from "./words";

const SHOWN_FAILURES = 5;

interface Props {
  eventId: string;
  onOpen: (attendeeId: string) => void;
}

/** The texts of an event by status and type, and the attendees who were not reached. */
export function SmsSummary({ eventId, onOpen }: Props) {
  const summary = queries.useQuery("get", "/api/events/{eventId}/sms-summary", {
    params: { path: { eventId } },
  });
  if (summary.data === undefined) {
    return summary.error ? (
      <Failing problem={asProblem(summary.error)} onRetry={() => void summary.refetch()} />
    ) : (
      <LoadingRows rows={2} />
    );
  }
  const { total, byStatus, byType, deliveryRate, failedMessages } = summary.data;
  const known = byStatus.delivered + byStatus.failed + byStatus.undelivered;
  return (
    <Stack gap="sm">
      <Group gap="xl">
        <Figure label="Texts">{formatCount(total)}</Figure>
        <Figure label="Delivery rate">{known === 0 ? "–" : formatShare(deliveryRate)}</Figure>
        {Object.entries(byType)
          .filter(([, count]) => count > 0)
          .map(([type, count]) => (
            <Figure key={type} label={typeName(type)}>
              {formatCount(count)}
            </Figure>
          ))}
      </Group>
      <Group gap="md">
        {Object.entries(byStatus)
          .filter(([, count]) => count > 0)
          .map(([status, count]) => (
            <Group key={status} gap={6}>
              <StatusBadge status={status} size="sm" />
              <Text size="sm" className="figures">
                {formatCount(count)}
              </Text>
            </Group>
          ))}
      </Group>
      {failedMessages.length > 0 && (
        <Stack gap={4}>
          <Title order={2}>Not reached</Title>
          {failedMessages.slice(0, SHOWN_FAILURES).map((failed) => (
            <UnstyledButton key={failed.id} onClick={() => onOpen(failed.attendeeId)}>
              <Text size="sm" td="underline">
                {failed.attendeeName}
                {failed.errorCode && ` (${failed.errorCode})`}
              </Text>
            </UnstyledButton>
          ))}
        </Stack>
      )}
    </Stack>
  );
}

function Figure({ label, children }: { label: string; children: string }) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text size="lg" fw={600} className="figures">
        {children}
      </Text>
    </div>
  );
}
