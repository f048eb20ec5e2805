import type { WebhookListener } from "@generated/api";
import { Button, Code, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { ManagersOnly } from "@/shared/managers-only";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime, useNow } from "@/shared/time";
import { EndListener } from "./end-listener";
import { HowToListen } from "./how-to-listen";
import { listenerLook, typesOf } from "./words";

const ASK_EVERY_MS = 5_000;

/** The programs that fetch the organisation's webhooks themselves. */
export function ListenersPage() {
  return (
    <ManagersOnly title="Listeners">
      <Listeners />
    </ManagersOnly>
  );
}

function Listeners() {
  const [ended, setEnded] = useState<WebhookListener | null>(null);
  const listeners = queries.useQuery(
    "get",
    "/api/webhooks/listeners",
    {},
    { refetchInterval: ASK_EVERY_MS },
  );
  return (
    <Screen
      title="Listeners"
      description={
        <>
          Programs that fetch your webhooks themselves, because they have no public address.{" "}
          <TextLink to="/settings/webhooks" size="sm" underline="always">
            Endpoints
          </TextLink>{" "}
          are called instead.
        </>
      }
    >
      <Table
        caption="Listeners"
        columns={columnsFor(setEnded)}
        rows={listeners.data?.items}
        keyOf={({ id }) => id}
        problem={listeners.error ? asProblem(listeners.error) : null}
        onRetry={() => void listeners.refetch()}
        empty={<Empty>No program listens now.</Empty>}
      />
      <HowToListen />
      {ended && <EndListener listener={ended} onClose={() => setEnded(null)} />}
    </Screen>
  );
}

function columnsFor(onEnd: (listener: WebhookListener) => void): Column<WebhookListener>[] {
  return [
    {
      label: "Listener",
      isTitle: true,
      cell: ({ id, createdAt }) => (
        <Stack gap={2}>
          <Text component="span" size="sm">
            Since <RelativeTime at={createdAt} />
          </Text>
          <Code>{id}</Code>
        </Stack>
      ),
    },
    { label: "Gets", cell: (listener) => typesOf(listener) },
    { label: "State", cell: (listener) => <State listener={listener} /> },
    { label: "Last fetched", cell: ({ lastFetchedAt }) => <RelativeTime at={lastFetchedAt} /> },
    {
      label: "End",
      isAction: true,
      cell: (listener) => (
        <Button
          variant="subtle"
          color="red"
          size="compact-sm"
          onClick={() => onEnd(listener)}
          aria-label={`End the listener ${listener.id}`}
        >
          End
        </Button>
      ),
    },
  ];
}

function State({ listener }: { listener: WebhookListener }) {
  const { tone, icon, word } = listenerLook(listener, useNow());
  return (
    <>
      <Badge tone={tone} icon={icon}>
        {word}
      </Badge>
      {tone === "unknown" && (
        <Text size="xs" c="dimmed" component="div">
          Ends <RelativeTime at={listener.expiresAt} />
        </Text>
      )}
    </>
  );
}
