import type { CalendarEvent } from "@generated/api";
import { Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { clockTime } from "@/shared/time";
import { EventDialog } from "./event-dialog";
import { eventLookOf } from "./words";

const COLUMNS: Column<CalendarEvent>[] = [
  {
    label: "Event",
    isTitle: true,
    cell: ({ id, name }) => (
      <TextLink to="/events/$eventId" params={{ eventId: id }}>
        <bdi>{name}</bdi>
      </TextLink>
    ),
  },
  {
    label: "Status",
    cell: ({ status }) => {
      const look = eventLookOf(status);
      return (
        <Badge tone={look.tone} icon={look.icon}>
          {look.word}
        </Badge>
      );
    },
  },
  { label: "Begins", cell: ({ date, timeZone }) => clockTime(new Date(date), timeZone) },
  {
    label: "Place",
    cell: ({ location }) =>
      location ? (
        <Text size="sm" lineClamp={2} dir="auto">
          {location}
        </Text>
      ) : (
        "–"
      ),
  },
];

/** The events whose attendees get texts. */
export function EventsPage() {
  const events = queries.useInfiniteQuery(
    "get",
    "/api/events",
    { params: { query: { limit: 50 } } },
    PAGES,
  );
  const [isCreating, creating] = useDisclosure(false);
  const navigate = useNavigate();
  const create = <Button onClick={creating.open}>New event</Button>;
  return (
    <Screen title="Events" actions={create}>
      <Table
        caption="Events"
        columns={COLUMNS}
        rows={events.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={events.error ? asProblem(events.error) : null}
        onRetry={() => void events.refetch()}
        empty={
          <Empty action={create}>
            An event has attendees who get invitations, reminders and questions by text.
          </Empty>
        }
      />
      <ListFooter query={events} />
      {events.data && events.data.pages.length > 0 && (
        <Text size="xs" c="dimmed">
          You see the events that you own or help to organise.
        </Text>
      )}
      {isCreating && (
        <EventDialog
          event={null}
          onClose={creating.close}
          onSaved={(eventId) => void navigate({ to: "/events/$eventId", params: { eventId } })}
        />
      )}
    </Screen>
  );
}
