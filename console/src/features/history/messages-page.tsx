import type { Message, MessageDirectionInput, MessageStatusInput } from "@generated/api";
import { Group, Select, Text } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ButtonLink, TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { Phone } from "@/shared/phone";
import { Screen } from "@/shared/screen";
import { SearchBox } from "@/shared/search-box";
import { Empty } from "@/shared/states";
import { StatusBadge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { DIRECTIONS, type HistorySearch, STATUSES } from "./search";

const route = getRouteApi("/app/messages");

const COLUMNS: Column<Message>[] = [
  {
    label: "Person",
    isTitle: true,
    cell: ({ id, to, contactName }) => (
      <TextLink to="/messages/$messageId" params={{ messageId: id }}>
        {contactName || <Phone number={to} />}
      </TextLink>
    ),
  },
  {
    label: "Message",
    cell: ({ message }) => (
      <Text size="sm" lineClamp={2} dir="auto">
        {message}
      </Text>
    ),
  },
  {
    label: "Status",
    cell: ({ direction, status }) =>
      direction === "in" ? <Text size="sm">Received</Text> : <StatusBadge status={status} />,
  },
  { label: "Campaign", cell: ({ campaignName }) => campaignName ?? "–" },
  { label: "When", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
];

/** All messages, in both directions. */
export function MessagesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const messages = queries.useInfiniteQuery(
    "get",
    "/api/messages",
    { params: { query: { ...search, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  return (
    <Screen title="Messages">
      <Filters
        search={search}
        onChange={(changes) => void navigate({ search: { ...search, ...changes }, replace: true })}
      />
      <Table
        caption="Messages"
        columns={COLUMNS}
        rows={messages.data?.pages.flatMap((page) => page.items)}
        keyOf={(message) => message.id}
        problem={messages.error ? asProblem(messages.error) : null}
        onRetry={() => void messages.refetch()}
        isStale={messages.isPlaceholderData}
        empty={
          isFiltered ? (
            <Text c="dimmed">No message matches.</Text>
          ) : (
            <Empty action={<ButtonLink to="/send">Send a text</ButtonLink>}>
              Each text that you send or receive is here, with what became of it.
            </Empty>
          )
        }
      />
      <ListFooter query={messages} />
    </Screen>
  );
}

interface FiltersProps {
  search: HistorySearch;
  onChange: (changes: HistorySearch) => void;
}

function Filters({ search, onChange }: FiltersProps) {
  return (
    <Group gap="xs">
      <SearchBox
        label="Search messages"
        placeholder="Words of a message"
        value={search.search}
        onSearch={(text) => onChange({ search: text })}
      />
      <Select
        aria-label="Direction"
        placeholder="Both directions"
        data={DIRECTIONS}
        value={search.direction ?? null}
        onChange={(value) => onChange({ direction: (value as MessageDirectionInput) ?? undefined })}
        clearable
        clearButtonProps={{ "aria-label": "Show both directions" }}
      />
      <Select
        aria-label="Status"
        placeholder="All statuses"
        data={STATUSES}
        value={search.status ?? null}
        onChange={(value) => onChange({ status: (value as MessageStatusInput) ?? undefined })}
        clearable
        clearButtonProps={{ "aria-label": "Show all statuses" }}
      />
    </Group>
  );
}
