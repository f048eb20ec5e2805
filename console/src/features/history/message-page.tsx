import type { Message, MessageDetail } from "@generated/api";
import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { CircleAlert, CircleHelp } from "lucide-react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { OwnData } from "@/shared/own-data";
import { Phone } from "@/shared/phone";
import { Screen } from "@/shared/screen";
import { Failing, LoadingRows } from "@/shared/states";
import { StatusBadge } from "@/shared/status-badge";
import { exactTime } from "@/shared/time";
import { useCurrency } from "@/shared/use-organisation";
import { Timeline } from "./timeline";

const route = getRouteApi("/app/messages/$messageId");
const FAILED = new Set(["failed", "undelivered"]);
const REFUNDED = new Set(["failed", "cancelled"]);

/** One message: its text, its timeline, and a button to send it again if it failed. */
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
  const price = formatMoney(message.priceCents, useCurrency());
  const canRetry =
    message.direction === "out" &&
    FAILED.has(message.status) &&
    message.retriedBy === null &&
    message.eventId === null;
  const problem = retry.error ? asProblem(retry.error) : null;
  const mustForce = message.retryable === false || problem?.code === "not_retryable";
  return (
    <Stack gap="lg" maw={640}>
      <Group gap="xs">
        <StatusBadge status={message.status} />
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {message.direction === "in" ? "From " : "To "}
          {message.contactName && (
            <>
              <bdi>{message.contactName}</bdi>,{" "}
            </>
          )}
          <Phone number={message.to} />
        </Text>
      </Group>
      <Text dir="auto" style={{ whiteSpace: "pre-wrap" }}>
        {message.message}
      </Text>
      {message.retryOf && (
        <Text size="sm" c="dimmed">
          This text was sent again after{" "}
          <TextLink
            to="/messages/$messageId"
            params={{ messageId: message.retryOf }}
            size="sm"
            underline="always"
          >
            an attempt that failed
          </TextLink>
          .
        </Text>
      )}
      <Meaning message={message} />
      <FormBanner problem={problem} />
      {canRetry && (
        <Group gap="sm">
          <Button
            variant={mustForce ? "default" : "filled"}
            loading={retry.isPending}
            onClick={() => retryOnce(mustForce)}
          >
            {mustForce ? "Send it again anyway" : "Send it again"}
          </Button>
          <Text size="sm" c="dimmed">
            It is charged like any text. The price of this one was {price}.
          </Text>
        </Group>
      )}
      <Timeline timeline={timeline} />
      <Attempts detail={detail} />
      <Facts message={message} price={price} />
      <OwnData reference={message.reference} metadata={message.metadata} />
    </Stack>
  );
}

/** An explanation of the status, if its name does not say enough. */
function Meaning({ message }: { message: Message }) {
  if (message.status === "unknown") {
    return (
      <Alert
        color="orange"
        icon={<CircleHelp aria-hidden />}
        title="We have no answer about this text"
      >
        <Text size="sm">
          The provider did not say whether it accepted the text. We keep asking, and we don't send
          it again by ourselves, so that nobody gets it twice.
        </Text>
      </Alert>
    );
  }
  if (!message.errorTitle) return null;
  return (
    <Alert color="red" icon={<CircleAlert aria-hidden />} title={message.errorTitle}>
      <Text size="sm">{message.errorMessage}</Text>
      <Text size="sm">
        {message.retryable ? "Another try may help." : "Another try won't help."}
      </Text>
      <Text size="xs" c="dimmed">
        Error {message.errorCode}
      </Text>
    </Alert>
  );
}

/** Describe whether a text was charged. A text that no carrier received is refunded. */
function chargeOf({ direction, status, priceCents }: Message, price: string): string {
  if (direction === "in") return "Not charged";
  if (REFUNDED.has(status)) return `Not charged: ${price} went back to the balance`;
  if (status === "scheduled") return `${price} when it is sent`;
  return priceCents === 0 ? "Not charged" : `Charged ${price}`;
}

/** Links to the later attempts to send the same text. */
function Attempts({ detail: { retries } }: { detail: MessageDetail }) {
  if (retries.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={2}>Later attempts</Title>
      {retries.map((retry) => (
        <Group key={retry.id} gap="xs">
          <TextLink to="/messages/$messageId" params={{ messageId: retry.id }} size="sm">
            Sent again {exactTime(new Date(retry.createdAt))}
          </TextLink>
          <StatusBadge status={retry.status} size="sm" />
        </Group>
      ))}
    </Stack>
  );
}

function Facts({ message, price }: { message: Message; price: string }) {
  return (
    <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
      {counted(message.segments, "segment")}. {chargeOf(message, price)}
      {message.fromNumber && (
        <>
          {", from "}
          <Phone number={message.fromNumber} />
        </>
      )}
      {message.eventId && (
        <>
          {". For "}
          <TextLink to="/events/$eventId" params={{ eventId: message.eventId }} size="sm">
            an event
          </TextLink>
        </>
      )}
      {message.campaignId && !message.eventId && (
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
      {message.providerSid && `. For support: ${message.providerSid}`}
    </Text>
  );
}

/** Send a failed text again, only once, and open the new message. */
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
