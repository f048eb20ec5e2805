import type { AuditEntry } from "@generated/api";
import { Code, Group, Select, Text, TextInput } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ACTION_CHOICES, actionName, detailsOf } from "@/shared/audit-words";
import { FilterChip } from "@/shared/filter-chip";
import { Folded } from "@/shared/folded";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
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
  /** A matching entry, which has the names that the filters show. */
  first: AuditEntry | undefined;
  onChange: (changes: AuditSearch) => void;
}

function Filters({ search, first, onChange }: FiltersProps) {
  return (
    <Group gap="xs" align="flex-end">
      <Select
        label="What"
        placeholder="All actions"
        data={actionsWith(search.action)}
        searchable
        value={search.action ?? null}
        onChange={(action) => onChange({ action: action ?? undefined })}
        clearable
        clearButtonProps={{ "aria-label": "Show all actions" }}
        w={{ base: "100%", xs: 260 }}
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

/** Return the actions to choose from, including one from the URL that this page does not know. */
function actionsWith(chosen: string | undefined) {
  if (!chosen || ACTION_CHOICES.some(({ value }) => value === chosen)) return ACTION_CHOICES;
  return [{ value: chosen, label: actionName(chosen) }, ...ACTION_CHOICES];
}

/** The details of an entry, which can be unfolded. A reason is always shown. */
function Details({ meta }: { meta: Readonly<Record<string, unknown>> }) {
  const { reason, ...others } = meta;
  const rest = detailsOf(others);
  if (rest.length === 0 && typeof reason !== "string") return "–";
  return (
    <>
      {typeof reason === "string" && (
        <Text size="sm" dir="auto">
          “{reason}”
        </Text>
      )}
      {rest.length > 0 && <Folded label="Details">{rest.join(", ")}</Folded>}
    </>
  );
}

const COLUMNS: Column<AuditEntry>[] = [
  {
    label: "What",
    isTitle: true,
    cell: ({ action, entityType, entityId }) => (
      <div>
        <Text fw={500}>{actionName(action)}</Text>
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
  { label: "Details", cell: ({ meta }) => <Details meta={meta} /> },
  { label: "When", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
];
