import type { Attendee, SmsStateInput } from "@generated/api";
import { Group, Select, Text, UnstyledButton } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ListFooter } from "@/shared/list-footer";
import { Phone } from "@/shared/phone";
import { Screen } from "@/shared/screen";
import { SearchBox } from "@/shared/search-box";
import { type Column, Table } from "@/shared/table";
import { exactTime } from "@/shared/time";
import styles from "./events.module.css";
import { type AttendeeSearch, SMS_STATES } from "./search";
import { SmsHistoryPanel } from "./sms-history-panel";
import { SmsSummary } from "./sms-summary";
import { dotOf } from "./words";

const route = getRouteApi("/app/events/$eventId");

/** An event: how its texts went, and its attendees with the messages of each. */
export function EventPage() {
  const { eventId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const event = queries.useQuery("get", "/api/events/{eventId}", { params: { path: { eventId } } });
  const { attendee: openId, ...filters } = search;
  const attendees = queries.useInfiniteQuery(
    "get",
    "/api/events/{eventId}/attendees",
    { params: { path: { eventId }, query: { ...filters, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const rows = attendees.data?.pages.flatMap((page) => page.items);
  const change = (changes: AttendeeSearch) =>
    void navigate({ search: { ...search, ...changes }, replace: true });
  return (
    <Screen
      title={event.data?.name ?? "Event"}
      description={event.data && exactTime(new Date(event.data.date), event.data.timeZone)}
    >
      <SmsSummary eventId={eventId} onOpen={(attendee) => change({ attendee })} />
      <Filters search={search} onChange={change} />
      <Table
        caption="Attendees"
        columns={columnsFor((attendee) => change({ attendee }))}
        rows={rows}
        keyOf={({ id }) => id}
        problem={attendees.error ? asProblem(attendees.error) : null}
        onRetry={() => void attendees.refetch()}
        isStale={attendees.isPlaceholderData}
        empty={<Text c="dimmed">No attendee matches.</Text>}
      />
      <ListFooter query={attendees} />
      {openId && (
        <SmsHistoryPanel
          eventId={eventId}
          attendeeId={openId}
          onClose={() => change({ attendee: undefined })}
        />
      )}
    </Screen>
  );
}

interface FiltersProps {
  search: AttendeeSearch;
  onChange: (changes: AttendeeSearch) => void;
}

function Filters({ search, onChange }: FiltersProps) {
  return (
    <Group gap="xs">
      <SearchBox
        label="Search attendees"
        placeholder="Name or number"
        value={search.search}
        onSearch={(text) => onChange({ search: text })}
      />
      <Select
        aria-label="Texts"
        placeholder="Whatever their texts did"
        data={SMS_STATES}
        value={search.smsState ?? null}
        onChange={(value) => onChange({ smsState: (value as SmsStateInput | null) ?? undefined })}
        clearable
        clearButtonProps={{ "aria-label": "Show all attendees" }}
      />
    </Group>
  );
}

function columnsFor(onOpen: (attendeeId: string) => void): Column<Attendee>[] {
  return [
    {
      label: "Name",
      isTitle: true,
      cell: ({ firstName, lastName }) => [firstName, lastName].filter(Boolean).join(" "),
    },
    { label: "Number", cell: ({ phone }) => (phone ? <Phone number={phone} /> : "–") },
    { label: "Answer", cell: ({ rsvpStatus }) => rsvpStatus },
    {
      label: "SMS",
      cell: ({ id, firstName, smsState }) => {
        const dot = dotOf(smsState);
        return (
          <UnstyledButton
            className={styles.sms}
            onClick={() => onOpen(id)}
            aria-label={`SMS history of ${firstName}: ${dot.words}`}
          >
            <span className={styles.dot} data-tone={dot.tone} aria-hidden />
            {dot.words}
          </UnstyledButton>
        );
      },
    },
  ];
}
