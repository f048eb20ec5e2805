import type { DeliveryEvent } from "@generated/api";
import { Stack, Text, Title } from "@mantine/core";
import { exactTime } from "@/shared/time";
import { gapBetween } from "./gaps";
import styles from "./timeline.module.css";
import { happeningName } from "./words";

/** The events of a message with their times, and how much time passed between them. */
export function Timeline({ timeline }: { timeline: DeliveryEvent[] }) {
  return (
    <Stack gap="xs">
      <Title order={2}>What happened</Title>
      <ol className={styles.timeline}>
        {timeline.map((event, index) => {
          const at = new Date(event.receivedAt);
          const before = timeline[index - 1];
          return (
            <li key={`${event.eventType}-${event.receivedAt}`} className={styles.event}>
              <Text size="sm" fw={500}>
                {happeningName(event.eventType)}
                {before && (
                  <Text component="span" size="sm" c="dimmed" fw={400}>
                    {" "}
                    {gapBetween(new Date(before.receivedAt), at)}
                  </Text>
                )}
              </Text>
              <Text size="xs" c="dimmed">
                <time dateTime={event.receivedAt}>{exactTime(at)}</time>
                {event.errorCode !== null && ` · error ${event.errorCode}`}
              </Text>
            </li>
          );
        })}
      </ol>
    </Stack>
  );
}
