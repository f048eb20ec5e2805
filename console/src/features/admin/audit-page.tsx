import type { AuditEntry } from "@generated/api";
import { Code, Group, Text, TextInput } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { AuditDetails, actionWords } from "@/shared/audit";
import { FilterChip } from "@/shared/filter-chip";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { SearchBox } from "@/shared/search-box";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { AdminScreen } from "./admin-screen";
import type { AuditSearch } from "./search";

const route = getRouteApi("/app/admin/audit");

/** Who did what, in all organisations. */
export function PlatformAuditPage() {
  return (
    <AdminScreen title="Audit log of the platform" description="Who did what, newest first.">
      {() => <Entries />}
    </AdminScreen>
  );
}

function Entries() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const entries = queries.useInfiniteQuery(
    "get",
    "/api/admin/audit",
    { params: { query: { ...search, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const rows = entries.data?.pages.flatMap((page) => page.items);
  const change = (changes: AuditSearch) =>
    void navigate({ search: { ...search, ...changes }, replace: true });
  return (
    <>
      <Filters search={search} first={rows?.[0]} onChange={change} />
      <Table
        caption="Audit entries"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ id }) => id}
        problem={entries.error ? asProblem(entries.error) : null}
        onRetry={() => void entries.refetch()}
        isStale={entries.isPlaceholderData}
        empty={<Text c="dimmed">No entry matches.</Text>}
      />
      <ListFooter query={entries} />
    </>
  );
}

interface FiltersProps {
  search: AuditSearch;
  /** An entry that matches, for the names in the filters. */
  first: AuditEntry | undefined;
  onChange: (changes: AuditSearch) => void;
}

function Filters({ search, first, onChange }: FiltersProps) {
  return (
    <Group gap="xs" align="flex-end">
      <SearchBox
        label="Action"
        placeholder="Action, such as user_disabled"
        value={search.action}
        onSearch={(action) => onChange({ action: action?.toLowerCase().replaceAll(" ", "_") })}
      />
      <TextInput
        type="date"
        label="From"
        max={search.to}
        value={search.from ?? ""}
        onChange={(event) => onChange({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        type="date"
        label="To"
        min={search.from}
        value={search.to ?? ""}
        onChange={(event) => onChange({ to: event.currentTarget.value || undefined })}
      />
      {search.orgId && (
        <FilterChip onClear={() => onChange({ orgId: undefined })}>
          {`Organisation: ${first?.orgName ?? search.orgId}`}
        </FilterChip>
      )}
      {search.userId && (
        <FilterChip onClear={() => onChange({ userId: undefined })}>
          {`Who: ${first?.actorName ?? search.userId}`}
        </FilterChip>
      )}
    </Group>
  );
}

const COLUMNS: Column<AuditEntry>[] = [
  {
    label: "What",
    isTitle: true,
    cell: ({ action, entityType, entityId }) => (
      <div>
        <Text fw={500}>{actionWords(action)}</Text>
        <Text size="xs" c="dimmed">
          {entityType.replaceAll("_", " ")} <Code>{entityId}</Code>
        </Text>
      </div>
    ),
  },
  {
    label: "Who",
    cell: ({ actorUserId, actorName }) =>
      actorUserId === null ? (
        "The platform"
      ) : (
        <TextLink to="/admin/audit" search={{ userId: actorUserId }} dir="auto">
          {actorName ?? actorUserId}
        </TextLink>
      ),
  },
  {
    label: "Organisation",
    cell: ({ orgId, orgName }) => (
      <TextLink to="/admin/audit" search={{ orgId }} dir="auto">
        {orgName ?? orgId}
      </TextLink>
    ),
  },
  { label: "Details", cell: ({ meta }) => <AuditDetails meta={meta} /> },
  { label: "When", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
];
