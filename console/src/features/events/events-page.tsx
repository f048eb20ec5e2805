import type { CalendarEvent } from "@generated/api";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { type Column, Table } from "@/shared/table";
import { exactTime } from "@/shared/time";

const COLUMNS: Column<CalendarEvent>[] = [
  {
    label: "Event",
    isTitle: true,
    cell: ({ id, name }) => (
      <TextLink to="/events/$eventId" params={{ eventId: id }}>
        {name}
      </TextLink>
    ),
  },
  { label: "Begins", cell: ({ date, timeZone }) => exactTime(new Date(date), timeZone) },
  { label: "Place", cell: ({ location }) => location ?? "–" },
];

/** The events whose attendees get texts. */
export function EventsPage() {
  const events = queries.useInfiniteQuery("get", "/api/events", {}, PAGES);
  return (
    <Screen title="Events">
      <Table
        caption="Events"
        columns={COLUMNS}
        rows={events.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={events.error ? asProblem(events.error) : null}
        onRetry={() => void events.refetch()}
        empty={
          <Empty>
            An event has attendees who get invitations, reminders and questions by text. Create one
            with POST /api/events.
          </Empty>
        }
      />
      <ListFooter query={events} />
    </Screen>
  );
}
