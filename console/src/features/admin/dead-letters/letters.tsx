import type { DeadLetter, DeadLetterStatusInput } from "@generated/api";
import { Button, Group, Select, Text } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ListFooter } from "@/shared/list-footer";
import { SearchBox } from "@/shared/search-box";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import styles from "../admin.module.css";
import { type DeadLetterSearch, LETTER_STATUSES } from "../search";
import { LETTER_WORDS } from "../words";
import { LetterPanel } from "./letter-panel";
import { LetterState } from "./letter-state";

const route = getRouteApi("/app/admin/dead-letters");

/** Dead letters one by one, newest first. */
export function Letters() {
  const { consumer, status, letter } = route.useSearch();
  const navigate = route.useNavigate();
  const letters = queries.useInfiniteQuery(
    "get",
    "/api/admin/dead-letters",
    { params: { query: { consumer, status, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const rows = letters.data?.pages.flatMap((page) => page.items);
  const change = (changes: DeadLetterSearch) => void navigate({ search: changes, replace: true });
  const open = (id: string | undefined) =>
    void navigate({ search: { view: "letters", consumer, status, letter: id } });
  return (
    <>
      <Group gap="xs">
        <SearchBox
          label="Consumer"
          placeholder="Name of a consumer or job"
          value={consumer}
          onSearch={(text) => change({ view: "letters", status, consumer: text })}
        />
        <Select
          aria-label="State"
          placeholder="All states"
          data={LETTER_STATUSES.map((value) => ({ value, label: LETTER_WORDS[value].word }))}
          value={status ?? null}
          onChange={(value) =>
            change({
              view: "letters",
              consumer,
              status: (value as DeadLetterStatusInput | null) ?? undefined,
            })
          }
          clearable
          clearButtonProps={{ "aria-label": "Show all states" }}
        />
      </Group>
      <Table
        caption="Dead letters"
        columns={columnsFor(open)}
        rows={rows}
        keyOf={({ id }) => id}
        problem={letters.error ? asProblem(letters.error) : null}
        onRetry={() => void letters.refetch()}
        isStale={letters.isPlaceholderData}
        empty={<Text c="dimmed">No dead letter matches.</Text>}
      />
      <ListFooter query={letters} />
      {letter && (
        <LetterPanel
          key={letter}
          id={letter}
          known={rows?.find(({ id }) => id === letter)}
          onClose={() => open(undefined)}
        />
      )}
    </>
  );
}

function columnsFor(onOpen: (id: string) => void): Column<DeadLetter>[] {
  return [
    {
      label: "Dead letter",
      isTitle: true,
      cell: ({ id, consumer, subject }) => (
        <div>
          <Button variant="transparent" size="compact-sm" p={0} onClick={() => onOpen(id)}>
            {consumer}
          </Button>
          <Text size="xs" c="dimmed">
            {subject}
          </Text>
        </div>
      ),
    },
    { label: "Error", cell: ({ error }) => <div className={styles.oneError}>{error}</div> },
    { label: "Attempts", isNumber: true, cell: ({ attempts }) => attempts },
    { label: "State", cell: ({ status }) => <LetterState status={status} /> },
    {
      label: "Failed",
      cell: ({ lastFailedAt, createdAt }) => <RelativeTime at={lastFailedAt ?? createdAt} />,
    },
  ];
}
