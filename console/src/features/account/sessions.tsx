import type { UserSession } from "@generated/api";
import { Badge, Button, Stack, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { ListFooter } from "@/shared/list-footer";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";

/** The user's sessions. Each can be ended, or all others at once. */
export function Sessions() {
  const sessions = queries.useInfiniteQuery("get", "/api/me/sessions", {}, PAGES);
  const end = useEnd();
  const columns: Column<UserSession>[] = [
    {
      label: "Device",
      isTitle: true,
      cell: ({ device, isCurrent }) => (
        <>
          {device}{" "}
          {isCurrent && (
            <Badge variant="light" tt="none">
              this browser
            </Badge>
          )}
        </>
      ),
    },
    { label: "Address", cell: ({ address }) => address ?? "–" },
    {
      label: "Last used",
      cell: ({ lastUsedAt }) => (lastUsedAt ? <RelativeTime at={lastUsedAt} /> : "–"),
    },
    {
      label: "End",
      isAction: true,
      cell: ({ id, isCurrent, device }) =>
        !isCurrent && (
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() => end.mutate(id)}
            aria-label={`End the session on ${device}`}
          >
            End
          </Button>
        ),
    },
  ];
  return (
    <Stack gap="xs">
      <Title order={2}>Sessions</Title>
      <FormBanner problem={end.error ? asProblem(end.error) : null} />
      <Table
        caption="Sessions"
        columns={columns}
        rows={sessions.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={sessions.error ? asProblem(sessions.error) : null}
        onRetry={() => void sessions.refetch()}
        empty={null}
      />
      <ListFooter query={sessions} />
    </Stack>
  );
}

function useEnd() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) =>
      api.DELETE("/api/me/sessions/{id}", { params: { path: { id } } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["get", "/api/me/sessions"] }),
  });
}
