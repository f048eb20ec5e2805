import type { ApiKey } from "@generated/api";
import { Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { isTestMode } from "@/client/mode";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { ManagersOnly } from "@/shared/managers-only";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { CreateKey } from "./create-key";

/** The API keys of the organisation. */
export function KeysPage() {
  return (
    <ManagersOnly title="API keys">
      <Keys />
    </ManagersOnly>
  );
}

function Keys() {
  const [isCreating, creating] = useDisclosure(false);
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const keys = queries.useInfiniteQuery("get", "/api/api-keys", {}, PAGES);
  const create = <Button onClick={creating.open}>New API key</Button>;
  const columns: Column<ApiKey>[] = [
    {
      label: "Name",
      isTitle: true,
      cell: ({ name }) => (
        <Text inherit lineClamp={3} dir="auto">
          {name}
        </Text>
      ),
    },
    { label: "Mode", cell: ({ mode }) => (mode === "test" ? "Test" : "Live") },
    { label: "Begins with", cell: ({ prefix }) => <Text ff="monospace">{prefix}</Text> },
    { label: "Allows", cell: ({ scopes }) => scopes.join(", ") },
    {
      label: "Last used",
      cell: ({ lastUsedAt }) => (lastUsedAt ? <RelativeTime at={lastUsedAt} /> : "Never"),
    },
    {
      label: "Expires",
      cell: ({ expiresAt }) => (expiresAt ? <RelativeTime at={expiresAt} /> : "Never"),
    },
    {
      label: "Requests",
      cell: (key) => <Requests of={key} />,
    },
    {
      label: "Revoke",
      isAction: true,
      cell: (key) =>
        key.revokedAt ? (
          <Text size="sm" c="dimmed">
            Revoked
          </Text>
        ) : (
          <Button
            variant="subtle"
            color="red"
            size="compact-sm"
            onClick={() => setRevoked(key)}
            aria-label={`Revoke ${key.name}`}
          >
            Revoke
          </Button>
        ),
    },
  ];
  return (
    <Screen title="API keys" actions={create}>
      <Table
        caption="API keys"
        columns={columns}
        rows={keys.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={keys.error ? asProblem(keys.error) : null}
        onRetry={() => void keys.refetch()}
        empty={
          <Empty action={create}>
            A key lets a program send texts and read results without a person's password.
          </Empty>
        }
      />
      <ListFooter query={keys} />
      {isCreating && <CreateKey onClose={creating.close} />}
      {revoked && <Revoke apiKey={revoked} onClose={() => setRevoked(null)} />}
    </Screen>
  );
}

function Revoke({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const cache = useQueryClient();
  const revoke = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/api-keys/{id}", { params: { path: { id: apiKey.id } } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/api-keys"] });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Revoke the key “${apiKey.name}”?`}
      confirmLabel="Revoke the key"
      isDestructive
      isBusy={revoke.isPending}
      problem={revoke.error ? asProblem(revoke.error) : null}
      onConfirm={() => revoke.mutate()}
    >
      Programs that use this key get an error from now on. This can't be undone.
    </Confirm>
  );
}

/** The requests of a key, or where they are: the log of a mode has the requests of its keys. */
function Requests({ of: { id, name, mode } }: { of: ApiKey }) {
  if ((mode === "test") !== isTestMode) {
    return (
      <Text c="dimmed">
        {mode === "test" ? "Switch to test mode to see them" : "Switch to live mode to see them"}
      </Text>
    );
  }
  return (
    <TextLink
      to="/settings/request-log"
      search={{ apiKeyId: id }}
      aria-label={`Requests of ${name}`}
    >
      Show
    </TextLink>
  );
}
