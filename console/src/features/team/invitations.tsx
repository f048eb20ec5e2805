import type { Invitation, RoleInput } from "@generated/api";
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ban, Clock } from "lucide-react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { ListFooter } from "@/shared/list-footer";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { roleName } from "./words";

const SHOWN = new Set(["open", "expired"]);

/** The invitations that nobody has accepted: open ones, and those whose time is over. */
export function Invitations() {
  const invitations = queries.useInfiniteQuery("get", "/api/org/invitations", {}, PAGES);
  const resend = useResend();
  const revoke = useRevoke();
  const error = resend.error ?? revoke.error;
  const columns: Column<Invitation>[] = [
    { label: "Email address", isTitle: true, cell: ({ email }) => email },
    { label: "Role", cell: ({ role }) => roleName(role) },
    { label: "State", cell: ({ status }) => <State status={status} /> },
    { label: "Expires", cell: ({ expiresAt }) => <RelativeTime at={expiresAt} /> },
    {
      label: "Actions",
      isAction: true,
      cell: (invitation) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          <Button
            variant="subtle"
            size="compact-sm"
            loading={resend.isPending && resend.variables.id === invitation.id}
            onClick={() => resend.mutate(invitation)}
            aria-label={`Send the invitation to ${invitation.email} again`}
          >
            Send again
          </Button>
          {invitation.status === "open" && (
            <Button
              variant="subtle"
              color="red"
              size="compact-sm"
              onClick={() => revoke.mutate(invitation.id)}
              aria-label={`Revoke the invitation of ${invitation.email}`}
            >
              Revoke
            </Button>
          )}
        </Group>
      ),
    },
  ];
  return (
    <Stack gap="xs">
      <Title order={2}>Invitations</Title>
      <FormBanner problem={error ? asProblem(error) : null} />
      <Table
        caption="Invitations"
        columns={columns}
        rows={invitations.data && waiting(invitations.data.pages.flatMap((page) => page.items))}
        keyOf={({ id }) => id}
        problem={invitations.error ? asProblem(invitations.error) : null}
        onRetry={() => void invitations.refetch()}
        empty={<Text c="dimmed">No invitation is open.</Text>}
      />
      <ListFooter query={invitations} />
    </Stack>
  );
}

/** Return the newest invitation of each address, if nobody has accepted or revoked it. */
export function waiting(newestFirst: Invitation[]): Invitation[] {
  const seen = new Set<string>();
  const newest = newestFirst.filter(({ email }) => !seen.has(email) && seen.add(email));
  return newest.filter(({ status }) => SHOWN.has(status));
}

function State({ status }: { status: string }) {
  return status === "open" ? (
    <Badge tone="sent" icon={Clock}>
      Open
    </Badge>
  ) : (
    <Badge tone="unknown" icon={Ban}>
      Expired
    </Badge>
  );
}

function useRevoke() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) =>
      api.DELETE("/api/org/invitations/{id}", { params: { path: { id } } }),
    onSettled: () => cache.invalidateQueries({ queryKey: ["get", "/api/org/invitations"] }),
  });
}

/** Send another mail. The link in the earlier mail does not work any longer. */
function useResend() {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ email, role }: Invitation) => {
      const body = { email, role: role as RoleInput };
      await api.POST("/api/org/invitations", { body, headers: intent.headers(body) });
    },
    onSuccess: (_, { email }) => {
      intent.done();
      notifications.show({ message: `The invitation is on its way to ${email}.` });
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ["get", "/api/org/invitations"] }),
  });
}
