import type { AuditEntry } from "@generated/api";
import { Group, Select, Text, TextInput } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ACTION_CHOICES, actionName, detailsOf, targetOf } from "@/shared/audit-words";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { ManagersOnly } from "@/shared/managers-only";
import { Screen } from "@/shared/screen";
import { type Column, Table } from "@/shared/table";
import { exactTime } from "@/shared/time";
import { useKnownTimeZone } from "@/shared/use-organisation";
import type { AuditSearch } from "./search";

const route = getRouteApi("/app/settings/audit");

/** Who did what and when in the organisation. */
export function AuditPage() {
  return (
    <ManagersOnly title="Audit log">
      <Entries />
    </ManagersOnly>
  );
}

function Entries() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const timeZone = useKnownTimeZone();
  const entries = queries.useInfiniteQuery(
    "get",
    "/api/audit",
    { params: { query: { ...search, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  return (
    <Screen
      title="Audit log"
      description={`What people did in your organisation${timeZone ? `, in the time of ${timeZone}` : ""}.`}
    >
      <Filters
        search={search}
        onChange={(changes) => void navigate({ search: { ...search, ...changes }, replace: true })}
      />
      <Table
        caption="Audit log"
        columns={columnsFor(timeZone)}
        rows={entries.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={entries.error ? asProblem(entries.error) : null}
        onRetry={() => void entries.refetch()}
        isStale={entries.isPlaceholderData}
        empty={<Text c="dimmed">No action matches these filters.</Text>}
      />
      <ListFooter query={entries} />
    </Screen>
  );
}

function columnsFor(timeZone: string | undefined): Column<AuditEntry>[] {
  return [
    { label: "What", isTitle: true, cell: (entry) => <What entry={entry} /> },
    { label: "Who", cell: ({ actorName }) => actorName ?? "The platform" },
    {
      label: "When",
      cell: ({ createdAt }) => (
        <Text span size="sm" className="figures">
          {exactTime(new Date(createdAt), timeZone)}
        </Text>
      ),
    },
    { label: "Details", cell: ({ meta }) => detailsIn(meta) },
  ];
}

function What({ entry }: { entry: AuditEntry }) {
  const target = targetOf(entry.entityType, entry.entityId, entry.action);
  const name = actionName(entry.action);
  return target ? <TextLink {...target}>{name}</TextLink> : name;
}

/** Return the details in at most two lines, or a dash, which is left out on phones. */
function detailsIn(meta: AuditEntry["meta"]): ReactNode {
  const details = detailsOf(meta);
  if (details.length === 0) return "–";
  return (
    <Text size="xs" c="dimmed" lineClamp={2} title={details.join(", ")} dir="auto">
      {details.join(", ")}
    </Text>
  );
}

interface FiltersProps {
  search: AuditSearch;
  onChange: (changes: AuditSearch) => void;
}

function Filters({ search, onChange }: FiltersProps) {
  const members = queries.useQuery("get", "/api/org/members", {
    params: { query: { limit: 200 } },
  });
  const isKnown = ACTION_CHOICES.some(({ value }) => value === search.action);
  const others =
    search.action && !isKnown ? [{ value: search.action, label: actionName(search.action) }] : [];
  return (
    <Group gap="xs">
      <Select
        aria-label="Who"
        placeholder="Everybody"
        data={(members.data?.items ?? []).map(({ id, name }) => ({
          value: id,
          label: name,
        }))}
        searchable
        value={search.userId ?? null}
        onChange={(userId) => onChange({ userId: userId ?? undefined })}
        clearable
        clearButtonProps={{ "aria-label": "Show everybody" }}
        w={{ base: "100%", xs: 200 }}
      />
      <Select
        aria-label="What"
        placeholder="All actions"
        data={[...others, ...ACTION_CHOICES]}
        searchable
        value={search.action ?? null}
        onChange={(action) => onChange({ action: action ?? undefined })}
        clearable
        clearButtonProps={{ "aria-label": "Show all actions" }}
        w={{ base: "100%", xs: 260 }}
      />
      <Group gap="sm" wrap="nowrap">
        <TextInput
          type="date"
          aria-label="From"
          value={search.from ?? ""}
          max={search.to}
          onChange={(event) => onChange({ from: event.currentTarget.value || undefined })}
          w={150}
        />
        <span aria-hidden>–</span>
        <TextInput
          type="date"
          aria-label="To"
          value={search.to ?? ""}
          min={search.from}
          onChange={(event) => onChange({ to: event.currentTarget.value || undefined })}
          w={150}
        />
      </Group>
    </Group>
  );
}
