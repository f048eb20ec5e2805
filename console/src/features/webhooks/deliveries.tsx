import type { WebhookDelivery } from "@generated/api";
import { Button, Group, SegmentedControl } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { Empty } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { DeliveryPanel } from "./delivery-panel";
import { pollingOf } from "./polling";
import { ReplaySince } from "./replay-since";
import { deliverySearchOf } from "./search";
import { answerOf, deliveryLook } from "./words";

const route = getRouteApi("/app/settings/webhooks/$endpointId");
const STATUSES = [
  { value: "", label: "All" },
  { value: "pending", label: "Waiting" },
  { value: "delivered", label: "Delivered" },
  { value: "failed", label: "Failed" },
];

interface Props {
  endpointId: string;
  isEnabled: boolean;
}

/** What was delivered to an endpoint in the last 30 days, newest first. */
export function Deliveries({ endpointId, isEnabled }: Props) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [isReplaying, replaying] = useDisclosure(false);
  const deliveries = queries.useInfiniteQuery(
    "get",
    "/api/webhooks/endpoints/{endpointId}/deliveries",
    {
      params: {
        path: { endpointId },
        query: search.status ? { status: search.status } : {},
      },
    },
    { ...PAGES, refetchInterval: ({ state }) => pollingOf(state.data?.pages) },
  );
  const rows = deliveries.data?.pages.flatMap((page) => page.items);
  return (
    <>
      <Group justify="space-between" gap="sm">
        <SegmentedControl
          aria-label="Status"
          data={STATUSES}
          value={search.status ?? ""}
          onChange={(status) => void navigate({ search: deliverySearchOf({ status }) })}
        />
        <Button variant="default" disabled={!isEnabled} onClick={replaying.open}>
          Replay since
        </Button>
      </Group>
      <Table
        caption="Deliveries"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ id }) => id}
        problem={deliveries.error ? asProblem(deliveries.error) : null}
        onRetry={() => void deliveries.refetch()}
        empty={
          <Empty>
            {search.status
              ? "There are no deliveries with this status."
              : "Nothing was delivered yet. Send a test event to see that your server answers."}
          </Empty>
        }
      />
      <ListFooter query={deliveries} />
      {search.delivery && (
        <DeliveryPanel
          id={search.delivery}
          isEnabled={isEnabled}
          onClose={() => void navigate({ search: deliverySearchOf({ status: search.status }) })}
        />
      )}
      {isReplaying && <ReplaySince endpointId={endpointId} onClose={replaying.close} />}
    </>
  );
}

const COLUMNS: Column<WebhookDelivery>[] = [
  {
    label: "Event",
    isTitle: true,
    cell: ({ id, endpointId, eventType }) => (
      <TextLink
        to="/settings/webhooks/$endpointId"
        params={{ endpointId }}
        search={(before) => ({ ...deliverySearchOf(before), delivery: id })}
      >
        {eventType}
      </TextLink>
    ),
  },
  {
    label: "Status",
    cell: (delivery) => {
      const { tone, icon, word } = deliveryLook(delivery);
      return (
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
      );
    },
  },
  { label: "Answer", cell: (delivery) => answerOf(delivery) },
  { label: "Calls", isNumber: true, cell: ({ attempts }) => attempts },
  {
    label: "Duration",
    isNumber: true,
    cell: ({ durationMs }) => (durationMs === null ? "" : `${durationMs} ms`),
  },
  { label: "Happened", cell: ({ occurredAt }) => <RelativeTime at={occurredAt} /> },
];
