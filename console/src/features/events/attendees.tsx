import type { Attendee, RsvpStatusInput, SmsStateInput } from "@generated/api";
import { Button, Group, Menu, Select, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { ListFooter } from "@/shared/list-footer";
import { Phone } from "@/shared/phone";
import { SearchBox } from "@/shared/search-box";
import { Empty } from "@/shared/states";
import { type Column, Table } from "@/shared/table";
import { AttendeeDialog } from "./attendee-dialog";
import styles from "./events.module.css";
import { FromListDialog } from "./from-list-dialog";
import { ImportDialog } from "./import-dialog";
import { type AttendeeSearch, SMS_STATES } from "./search";
import { dotOf, fullName, RSVP_CHOICES, rsvpName } from "./words";

const EVERY_MS = 8_000;
const route = getRouteApi("/app/events/$eventId");

interface Props {
  eventId: string;
  canCurate: boolean;
  /** Opens the SMS history of an attendee. */
  onOpen: (attendeeId: string) => void;
}

/** The attendees of an event, with the state of their texts. */
export function Attendees({ eventId, canCurate, onOpen }: Props) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [edited, setEdited] = useState<Attendee | null>(null);
  const interval = useInterval(EVERY_MS);
  const { attendee: _, ...filters } = search;
  const attendees = queries.useInfiniteQuery(
    "get",
    "/api/events/{eventId}/attendees",
    { params: { path: { eventId }, query: { ...filters, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData, refetchInterval: interval },
  );
  const change = (changes: AttendeeSearch) =>
    void navigate({ search: { ...search, ...changes }, replace: true, resetScroll: false });
  const hasFilters = Object.values(filters).some((value) => value !== undefined);
  const add = canCurate && <AddMenu eventId={eventId} />;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2}>Attendees</Title>
        {add}
      </Group>
      <Filters search={search} onChange={change} />
      <Table
        caption="Attendees"
        columns={columnsFor(onOpen, canCurate ? setEdited : null)}
        rows={attendees.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={attendees.error ? asProblem(attendees.error) : null}
        onRetry={() => void attendees.refetch()}
        isStale={attendees.isPlaceholderData}
        empty={
          hasFilters ? (
            <Text c="dimmed">No attendee matches.</Text>
          ) : (
            <Empty>Nobody is invited yet. Add people by hand, from a list or from a file.</Empty>
          )
        }
      />
      <ListFooter query={attendees} />
      {edited && (
        <AttendeeDialog eventId={eventId} attendee={edited} onClose={() => setEdited(null)} />
      )}
    </Stack>
  );
}

type Way = "one" | "list" | "file";

function AddMenu({ eventId }: { eventId: string }) {
  const [way, setWay] = useState<Way | null>(null);
  const close = () => setWay(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<ChevronDown size={16} aria-hidden />}>
            Add attendees
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setWay("one")}>One person</Menu.Item>
          <Menu.Item onClick={() => setWay("list")}>Everybody on a contact list</Menu.Item>
          <Menu.Item onClick={() => setWay("file")}>From a CSV file</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {way === "one" && <AttendeeDialog eventId={eventId} attendee={null} onClose={close} />}
      {way === "list" && <FromListDialog eventId={eventId} onClose={close} />}
      {way === "file" && <ImportDialog eventId={eventId} onClose={close} />}
    </>
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
        aria-label="Answer"
        placeholder="Any answer"
        data={RSVP_CHOICES}
        value={search.rsvpStatus ?? null}
        onChange={(value) =>
          onChange({ rsvpStatus: (value as RsvpStatusInput | null) ?? undefined })
        }
        clearable
        clearButtonProps={{ "aria-label": "Show all answers" }}
      />
      <Select
        aria-label="Texts"
        placeholder="Any state of their texts"
        data={SMS_STATES}
        value={search.smsState ?? null}
        onChange={(value) => onChange({ smsState: (value as SmsStateInput | null) ?? undefined })}
        clearable
        clearButtonProps={{ "aria-label": "Show all attendees" }}
      />
    </Group>
  );
}

function columnsFor(
  onOpen: (attendeeId: string) => void,
  onEdit: ((attendee: Attendee) => void) | null,
): Column<Attendee>[] {
  const columns: Column<Attendee>[] = [
    {
      label: "Name",
      isTitle: true,
      cell: (attendee) => (
        <Text inherit lineClamp={3} dir="auto">
          {fullName(attendee)}
        </Text>
      ),
    },
    { label: "Number", cell: ({ phone }) => (phone ? <Phone number={phone} /> : "–") },
    { label: "Answer", cell: ({ rsvpStatus }) => rsvpName(rsvpStatus) },
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
  if (onEdit === null) return columns;
  return [
    ...columns,
    {
      label: "Change",
      isAction: true,
      cell: (attendee) => (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => onEdit(attendee)}
          aria-label={`Change ${fullName(attendee)}`}
        >
          Change
        </Button>
      ),
    },
  ];
}
