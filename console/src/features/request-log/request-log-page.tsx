import type { LoggedRequest } from "@generated/api";
import { Button, Text } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { ManagersOnly } from "@/shared/managers-only";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { Filters } from "./filters";
import { RequestPanel } from "./request-panel";
import { filtersOf, isFiltered, type RequestLogSearch } from "./search";
import { callerOf, responseLook } from "./words";

const route = getRouteApi("/app/settings/request-log");

/** What API keys asked and got in the last days, and what users changed. */
export function RequestLogPage() {
  return (
    <ManagersOnly title="Request log">
      <Requests />
    </ManagersOnly>
  );
}

function Requests() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const requests = queries.useInfiniteQuery(
    "get",
    "/api/request-log",
    { params: { query: { ...filtersOf(search), limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const rows = requests.data?.pages.flatMap((page) => page.items);
  const change = (changes: RequestLogSearch) =>
    void navigate({ search: { ...search, ...changes }, replace: true });
  return (
    <Screen
      title="Request log"
      description="What your API keys asked and got in the last days, and what people changed. Texts and phone numbers are not kept."
      actions={
        <Button
          variant="default"
          loading={requests.isRefetching}
          onClick={() => void requests.refetch()}
        >
          Refresh
        </Button>
      }
    >
      <Filters search={search} onChange={change} />
      <Table
        caption="Requests"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ id }) => id}
        problem={requests.error ? asProblem(requests.error) : null}
        onRetry={() => void requests.refetch()}
        isStale={requests.isPlaceholderData}
        empty={<Nothing search={search} />}
      />
      <ListFooter query={requests} />
      {search.open && (
        <RequestPanel
          requestId={search.open}
          listed={rows?.find(({ id }) => id === search.entry)}
          onClose={() => change({ open: undefined, entry: undefined })}
        />
      )}
    </Screen>
  );
}

function Nothing({ search }: { search: RequestLogSearch }) {
  if (isFiltered(search)) return <Text c="dimmed">No request matches these filters.</Text>;
  return (
    <Empty>Requests of your API keys are listed here about a second after their response.</Empty>
  );
}

const COLUMNS: Column<LoggedRequest>[] = [
  {
    label: "Request",
    isTitle: true,
    cell: ({ id, requestId, method, path }) => (
      <TextLink
        to="/settings/request-log"
        search={(before) => ({ ...before, open: requestId, entry: id })}
      >
        {method} {path}
      </TextLink>
    ),
  },
  {
    label: "Response",
    cell: (request) => {
      const { tone, icon, word } = responseLook(request);
      return (
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
      );
    },
  },
  { label: "Who", cell: (request) => callerOf(request) },
  { label: "Duration", isNumber: true, cell: ({ durationMs }) => `${durationMs} ms` },
  { label: "When", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
];
