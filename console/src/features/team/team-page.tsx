import type { Invitation, Member } from "@generated/api";
import { Alert, Button, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { useUser } from "@/client/use-session";
import { Confirm } from "@/shared/confirm";
import { ListFooter } from "@/shared/list-footer";
import { Screen } from "@/shared/screen";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { InviteDialog } from "./invite-dialog";
import { RequiredSecondFactor } from "./required-second-factor";
import { roleName } from "./words";

/** The members of the organisation, and the open invitations. */
export function TeamPage() {
  const user = useUser();
  const [isInviting, inviting] = useDisclosure(false);
  if (!user.roles.some((role) => role === "owner" || role === "admin")) {
    return (
      <Screen title="Team">
        <Alert color="gray" icon={<Lock aria-hidden />} title="Only owners and admins see this">
          Ask an owner of your organisation if you need to invite somebody.
        </Alert>
      </Screen>
    );
  }
  return (
    <Screen title="Team" actions={<Button onClick={inviting.open}>Invite somebody</Button>}>
      <Stack gap="xl">
        <Members ownId={user.id} />
        <Invitations />
        <RequiredSecondFactor />
      </Stack>
      {isInviting && <InviteDialog onClose={inviting.close} />}
    </Screen>
  );
}

function Members({ ownId }: { ownId: string }) {
  const [removed, setRemoved] = useState<Member | null>(null);
  const members = queries.useInfiniteQuery("get", "/api/org/members", {}, PAGES);
  const columns: Column<Member>[] = [
    { label: "Name", isTitle: true, cell: ({ name }) => name },
    { label: "Email address", cell: ({ email }) => email },
    { label: "Role", cell: ({ role }) => roleName(role) },
    {
      label: "Last sign-in",
      cell: ({ lastSignInAt }) => (lastSignInAt ? <RelativeTime at={lastSignInAt} /> : "Never"),
    },
    {
      label: "Remove",
      isAction: true,
      cell: (member) =>
        member.id === ownId ? (
          <Text size="sm" c="dimmed">
            You
          </Text>
        ) : (
          <Button
            variant="subtle"
            color="red"
            size="compact-sm"
            onClick={() => setRemoved(member)}
            aria-label={`Remove ${member.name}`}
          >
            Remove
          </Button>
        ),
    },
  ];
  return (
    <Stack gap="xs">
      <Title order={2}>Members</Title>
      <Table
        caption="Members"
        columns={columns}
        rows={members.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={members.error ? asProblem(members.error) : null}
        onRetry={() => void members.refetch()}
        empty={null}
      />
      <ListFooter query={members} />
      {removed && <Remove member={removed} onClose={() => setRemoved(null)} />}
    </Stack>
  );
}

function Remove({ member, onClose }: { member: Member; onClose: () => void }) {
  const cache = useQueryClient();
  const remove = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/org/members/{userId}", { params: { path: { userId: member.id } } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/org/members"] });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Remove ${member.name}?`}
      deed={`Remove ${member.name}`}
      isDestructive
      isBusy={remove.isPending}
      problem={remove.error ? asProblem(remove.error) : null}
      onConfirm={() => remove.mutate()}
    >
      Their sessions, API keys and open invitations end at once. Their scheduled campaigns become
      drafts, and their running campaigns pause.
    </Confirm>
  );
}

function Invitations() {
  const cache = useQueryClient();
  const invitations = queries.useInfiniteQuery("get", "/api/org/invitations", {}, PAGES);
  const revoke = useMutation({
    mutationFn: async (id: string) =>
      api.DELETE("/api/org/invitations/{id}", { params: { path: { id } } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["get", "/api/org/invitations"] }),
  });
  const open = invitations.data?.pages
    .flatMap((page) => page.items)
    .filter(({ status }) => status === "open");
  const columns: Column<Invitation>[] = [
    { label: "Email address", isTitle: true, cell: ({ email }) => email },
    { label: "Role", cell: ({ role }) => roleName(role) },
    { label: "Expires", cell: ({ expiresAt }) => <RelativeTime at={expiresAt} /> },
    {
      label: "Revoke",
      isAction: true,
      cell: ({ id, email }) => (
        <Button
          variant="subtle"
          color="red"
          size="compact-sm"
          onClick={() => revoke.mutate(id)}
          aria-label={`Revoke the invitation of ${email}`}
        >
          Revoke
        </Button>
      ),
    },
  ];
  return (
    <Stack gap="xs">
      <Title order={2}>Open invitations</Title>
      <Table
        caption="Open invitations"
        columns={columns}
        rows={open}
        keyOf={({ id }) => id}
        problem={invitations.error ? asProblem(invitations.error) : null}
        onRetry={() => void invitations.refetch()}
        empty={<Text c="dimmed">No invitation is open.</Text>}
      />
    </Stack>
  );
}
