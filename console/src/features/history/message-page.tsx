import type { Message, MessageDetail } from "@generated/api";
import { Alert, Button, Group, List, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { Phone } from "@/shared/phone";
import { Screen } from "@/shared/screen";
import { Failing, LoadingRows } from "@/shared/states";
import { StatusBadge } from "@/shared/status-badge";
import { exactTime } from "@/shared/time";
import { happeningName } from "./words";

const route = getRouteApi("/app/messages/$messageId");
const FAILED = new Set(["failed", "undelivered"]);

/** One message: its text, what happened to it, and another try if it failed. */
export function MessagePage() {
  const { messageId } = route.useParams();
  const detail = queries.useQuery("get", "/api/messages/{id}", {
    params: { path: { id: messageId } },
  });
  return (
    <Screen title="Message">
      {detail.data ? (
        <Detail detail={detail.data} />
      ) : detail.error ? (
        <Failing problem={asProblem(detail.error)} onRetry={() => void detail.refetch()} />
      ) : (
        <LoadingRows rows={5} />
      )}
    </Screen>
  );
}

function Detail({ detail }: { detail: MessageDetail }) {
  const { message, timeline } = detail;
  const retry = useRetry(message.id);
  const retryOnce = useSingle(retry);
  const canRetry = message.direction === "out" && FAILED.has(message.status);
  return (
    <Stack gap="lg" maw={640}>
      <Group gap="xs">
        <StatusBadge status={message.status} />
        <Text size="sm">
          {message.direction === "in" ? "From " : "To "}
          {message.contactName && `${message.contactName}, `}
          <Phone number={message.to} />
        </Text>
      </Group>
      <Text dir="auto" style={{ whiteSpace: "pre-wrap" }}>
        {message.message}
      </Text>
      {message.errorTitle && (
        <Alert color="red" icon={<CircleAlert aria-hidden />} title={message.errorTitle}>
          <Text size="sm">{message.errorMessage}</Text>
          <Text size="xs" c="dimmed">
            Error {message.errorCode}.{" "}
            {message.retryable ? "Another try may help." : "Another try won't help."}
          </Text>
        </Alert>
      )}
      <FormBanner problem={retry.error ? asProblem(retry.error) : null} />
      {canRetry && (
        <div>
          <Button
            variant={message.retryable ? "filled" : "default"}
            loading={retry.isPending}
            onClick={() => retryOnce(!message.retryable)}
          >
            Send it again
          </Button>
        </div>
      )}
      <Timeline timeline={timeline} />
      <Facts message={message} />
    </Stack>
  );
}

function Timeline({ timeline }: Pick<MessageDetail, "timeline">) {
  return (
    <Stack gap="xs">
      <Title order={2}>What happened</Title>
      <List size="sm" spacing={4} type="ordered">
        {timeline.map((event) => (
          <List.Item key={`${event.eventType}-${event.receivedAt}`}>
            {happeningName(event.eventType)}: {exactTime(new Date(event.receivedAt))}
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}

function Facts({ message }: { message: Message }) {
  const balance = queries.useQuery("get", "/api/billing/balance");
  return (
    <Text size="sm" c="dimmed">
      {counted(message.segments, "segment")},{" "}
      {formatMoney(message.priceCents, balance.data?.currency ?? "usd")}
      {message.fromNumber && (
        <>
          {", from "}
          <Phone number={message.fromNumber} />
        </>
      )}
      {message.campaignId && (
        <>
          {". Part of "}
          <TextLink
            to="/campaigns/$campaignId"
            params={{ campaignId: message.campaignId }}
            size="sm"
          >
            {message.campaignName ?? "a campaign"}
          </TextLink>
        </>
      )}
      {message.retryOf && (
        <>
          {". Another try of "}
          <TextLink to="/messages/$messageId" params={{ messageId: message.retryOf }} size="sm">
            this message
          </TextLink>
        </>
      )}
      {message.providerSid && `. For support: ${message.providerSid}`}
    </Text>
  );
}

/** Send a failed text again, once, and open the new message. */
function useRetry(messageId: string) {
  const intent = useIntent();
  const cache = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (force: boolean) => {
      const params = { path: { id: messageId } };
      const body = { force };
      const headers = intent.headers(body);
      return (await api.POST("/api/messages/{id}/retry", { params, body, headers })).data;
    },
    onSuccess: (made) => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/messages"] });
      if (made) {
        void navigate({ to: "/messages/$messageId", params: { messageId: made.id } });
      }
    },
  });
}
