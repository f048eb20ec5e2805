import type { WebhookDelivery } from "@generated/api";
import { Button, Drawer, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { Failing, LoadingRows } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { exactTime, RelativeTime } from "@/shared/time";
import { useRefresh } from "./refresh";
import styles from "./webhooks.module.css";
import { answerOf, deliveryLook } from "./words";

const ASK_EVERY_MS = 3_000;
const INDENT = 2;

interface Props {
  id: string;
  isEnabled: boolean;
  onClose: () => void;
}

/** One delivery: what was sent, and what the endpoint answered. */
export function DeliveryPanel({ id, isEnabled, onClose }: Props) {
  const delivery = queries.useQuery(
    "get",
    "/api/webhooks/deliveries/{id}",
    { params: { path: { id } } },
    { refetchInterval: ({ state }) => (state.data?.status === "pending" ? ASK_EVERY_MS : false) },
  );
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title="Delivery">
      {delivery.data ? (
        <Detail delivery={delivery.data} isEnabled={isEnabled} />
      ) : delivery.error ? (
        <Failing problem={asProblem(delivery.error)} onRetry={() => void delivery.refetch()} />
      ) : (
        <LoadingRows rows={5} />
      )}
    </Drawer>
  );
}

function Detail({ delivery, isEnabled }: { delivery: WebhookDelivery; isEnabled: boolean }) {
  const { tone, icon, word } = deliveryLook(delivery);
  return (
    <Stack gap="lg">
      <dl className={styles.facts}>
        <dt>Event</dt>
        <dd>{delivery.eventType}</dd>
        <dt>Happened</dt>
        <dd>{exactTime(new Date(delivery.occurredAt))}</dd>
        <dt>Status</dt>
        <dd>
          <Badge tone={tone} icon={icon}>
            {word}
          </Badge>
        </dd>
        <dt>Calls</dt>
        <dd>{delivery.attempts}</dd>
        {delivery.lastAttemptAt && (
          <>
            <dt>Last call</dt>
            <dd>
              {exactTime(new Date(delivery.lastAttemptAt))}, {delivery.durationMs} ms
            </dd>
          </>
        )}
        {delivery.nextAttemptAt && (
          <>
            <dt>Next call</dt>
            <dd>
              <RelativeTime at={delivery.nextAttemptAt} />
            </dd>
          </>
        )}
        <dt>webhook-id</dt>
        <dd>{delivery.eventId}</dd>
      </dl>
      <Replay delivery={delivery} isEnabled={isEnabled} />
      <section aria-label="Answer">
        <Text fw={600}>Answer: {answerOf(delivery)}</Text>
        {delivery.error && <Text size="sm">{delivery.error}</Text>}
        {delivery.responseBody !== null && delivery.responseBody !== "" && (
          <pre className={styles.body}>{delivery.responseBody}</pre>
        )}
      </section>
      <section aria-label="What was sent">
        <Text fw={600}>What was sent</Text>
        <pre className={styles.body}>{readable(delivery.payload ?? "")}</pre>
      </section>
    </Stack>
  );
}

function Replay({ delivery, isEnabled }: { delivery: WebhookDelivery; isEnabled: boolean }) {
  const refresh = useRefresh();
  const intent = useIntent();
  const replay = useMutation({
    mutationFn: async () =>
      api.POST("/api/webhooks/deliveries/{id}/replay", {
        params: { path: { id: delivery.id } },
        headers: intent.headers(delivery.id),
      }),
    onSuccess: () => {
      intent.done();
      refresh();
      notifications.show({ message: "It is delivered again." });
    },
  });
  return (
    <Stack gap="xs">
      <FormBanner problem={replay.error ? asProblem(replay.error) : null} />
      <Group>
        <Button
          variant="default"
          disabled={!isEnabled}
          loading={replay.isPending}
          onClick={() => replay.mutate()}
        >
          {delivery.status === "pending" ? "Deliver now" : "Deliver again"}
        </Button>
      </Group>
    </Stack>
  );
}

/** Return the payload with indents. It is sent without them. */
function readable(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, INDENT);
  } catch {
    return payload;
  }
}
