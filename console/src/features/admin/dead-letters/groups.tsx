import type { DeadLetterGroup } from "@generated/api";
import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { formatCount } from "@/shared/number";
import { Empty } from "@/shared/states";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import styles from "../admin.module.css";
import { ReplayGroup } from "./replay-group";

/** Waiting dead letters with the same consumer and error, the largest group first. */
export function Groups() {
  const groups = queries.useQuery("get", "/api/admin/dead-letters/groups");
  const [replayed, setReplayed] = useState<DeadLetterGroup | null>(null);
  return (
    <>
      <Table
        caption="Groups of dead letters"
        columns={columnsFor(setReplayed)}
        rows={groups.data?.items}
        keyOf={({ consumer, error }) => `${consumer} ${error}`}
        problem={groups.error ? asProblem(groups.error) : null}
        onRetry={() => void groups.refetch()}
        empty={
          <Empty>
            Nothing waits here. When a consumer gives up on a bus event, the event is kept here
            until you replay or discard it.
          </Empty>
        }
      />
      {replayed && <ReplayGroup group={replayed} onClose={() => setReplayed(null)} />}
    </>
  );
}

function columnsFor(onReplay: (group: DeadLetterGroup) => void): Column<DeadLetterGroup>[] {
  return [
    {
      label: "Error",
      isTitle: true,
      cell: ({ consumer, error }) => (
        <div>
          <Text fw={500}>{consumer}</Text>
          <div className={styles.error}>{error}</div>
        </div>
      ),
    },
    {
      label: "Waiting",
      isNumber: true,
      cell: ({ consumer, count }) => (
        <TextLink
          to="/admin/dead-letters"
          search={{ view: "letters", consumer, status: "waiting" }}
        >
          {formatCount(count)}
        </TextLink>
      ),
    },
    { label: "Oldest", cell: ({ oldestAt }) => <RelativeTime at={oldestAt} /> },
    { label: "Newest", cell: ({ newestAt }) => <RelativeTime at={newestAt} /> },
    {
      label: "Replay",
      isAction: true,
      cell: (group) =>
        group.replayable ? (
          <Button size="compact-sm" variant="default" onClick={() => onReplay(group)}>
            Replay
          </Button>
        ) : (
          <Text size="sm" c="dimmed">
            The job tries again by itself
          </Text>
        ),
    },
  ];
}
