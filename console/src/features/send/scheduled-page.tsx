import type { ScheduledSend, ScheduledSendStatusInput } from "@generated/api";
import { Button, Group, Select, Text } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Ban, CheckCheck, Clock, type LucideIcon, Pause, Send, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ButtonLink, TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { formatMoney } from "@/shared/money";
import { counted, formatCount } from "@/shared/number";
import { Phone } from "@/shared/phone";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { Badge, type Tone } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { exactTime, RelativeTime } from "@/shared/time";
import { useCurrency, useTimeZone } from "@/shared/use-organisation";
import { CancelSend, ResumeSend } from "./scheduled-actions";
import { SCHEDULED_STATUSES } from "./search";

const route = getRouteApi("/app/send/scheduled");
const LOOKS: Record<ScheduledSendStatusInput, { word: string; tone: Tone; icon: LucideIcon }> = {
  scheduled: { word: "Waiting", tone: "sending", icon: Clock },
  sending: { word: "Sending...", tone: "sending", icon: Send },
  held: { word: "Held", tone: "unknown", icon: Pause },
  sent: { word: "Sent", tone: "sent", icon: CheckCheck },
  failed: { word: "Failed", tone: "failed", icon: TriangleAlert },
  cancelled: { word: "Cancelled", tone: "sending", icon: Ban },
};

/** The scheduled messages. Each can be cancelled until it is sent. */
export function ScheduledPage() {
  const { status } = route.useSearch();
  const navigate = route.useNavigate();
  const timeZone = useTimeZone();
  const currency = useCurrency();
  const [cancelled, setCancelled] = useState<ScheduledSend | null>(null);
  const sends = queries.useInfiniteQuery(
    "get",
    "/api/sms/scheduled",
    { params: { query: { status, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  return (
    <Screen
      title="Scheduled messages"
      description={`Times in ${timeZone}, the time zone of your organisation. Campaigns have their own schedule.`}
    >
      <Group gap="xs" data-filters>
        <Select
          aria-label="State"
          placeholder="Everything that waits"
          data={SCHEDULED_STATUSES.map((value) => ({ value, label: LOOKS[value].word }))}
          value={status ?? null}
          onChange={(value) =>
            void navigate({
              search: { status: (value as ScheduledSendStatusInput | null) ?? undefined },
              replace: true,
            })
          }
          clearable
          clearButtonProps={{ "aria-label": "Show everything that waits" }}
        />
      </Group>
      <Table
        caption="Scheduled messages"
        columns={columnsFor(timeZone, currency, setCancelled)}
        rows={sends.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={sends.error ? asProblem(sends.error) : null}
        onRetry={() => void sends.refetch()}
        isStale={sends.isPlaceholderData}
        empty={
          status ? (
            <Text c="dimmed">No scheduled message has this state.</Text>
          ) : (
            <Empty action={<ButtonLink to="/send">Write a message</ButtonLink>}>
              Messages that you schedule in Quick send or in a conversation wait here until they are
              sent.
            </Empty>
          )
        }
      />
      <ListFooter query={sends} />
      {cancelled && <CancelSend send={cancelled} onClose={() => setCancelled(null)} />}
    </Screen>
  );
}

function columnsFor(
  timeZone: string,
  currency: string,
  onCancel: (send: ScheduledSend) => void,
): Column<ScheduledSend>[] {
  return [
    {
      label: "When",
      isTitle: true,
      cell: ({ sendAt }) => (
        <div>
          <Text fw={500}>{exactTime(new Date(sendAt), timeZone)}</Text>
          <Text size="xs" c="dimmed" component="span">
            <RelativeTime at={sendAt} timeZone={timeZone} />
          </Text>
        </div>
      ),
    },
    { label: "To", cell: (send) => <Recipients send={send} /> },
    {
      label: "Message",
      cell: ({ message }) => (
        <Text size="sm" dir="auto" lineClamp={2}>
          {message}
        </Text>
      ),
    },
    { label: "State", cell: (send) => <State send={send} timeZone={timeZone} /> },
    { label: "Price", isNumber: true, cell: ({ priceCents }) => formatMoney(priceCents, currency) },
    {
      label: "Actions",
      isAction: true,
      cell: (send) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          {send.status === "held" && <ResumeSend send={send} />}
          {(send.status === "scheduled" || send.status === "held") && (
            <Button
              variant="subtle"
              color="red"
              size="compact-sm"
              onClick={() => onCancel(send)}
              aria-label={`Cancel the message of ${exactTime(new Date(send.sendAt), timeZone)}`}
            >
              Cancel
            </Button>
          )}
        </Group>
      ),
    },
  ];
}

function Recipients({ send }: { send: ScheduledSend }) {
  const { to, contactId, recipientCount } = send;
  if (to === null) return counted(recipientCount, "number");
  if (contactId === null) return <Phone number={to} />;
  return (
    <TextLink to="/inbox" search={{ contact: contactId }}>
      <Phone number={to} />
    </TextLink>
  );
}

function State({ send, timeZone }: { send: ScheduledSend; timeZone: string }) {
  const look = LOOKS[send.status];
  return (
    <>
      <Badge tone={look.tone} icon={look.icon}>
        {look.word}
      </Badge>
      {send.statusMessage && <Text size="xs">{send.statusMessage}</Text>}
      {send.deferredUntil && (
        <Text size="xs" c="dimmed">
          Continues {exactTime(new Date(send.deferredUntil), timeZone)}
        </Text>
      )}
      {send.refusedCount > 0 && (
        <Text size="xs" c="dimmed">
          {formatCount(send.sentCount)} sent, {formatCount(send.refusedCount)} could not be sent
        </Text>
      )}
    </>
  );
}
