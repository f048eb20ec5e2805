import type { Member } from "@generated/api";
import { Menu, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ListFooter } from "@/shared/list-footer";
import { RowMenu } from "@/shared/row-menu";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { RemoveMember, ResetSecondFactor } from "./member-actions";
import { RoleDialog } from "./role-dialog";
import { roleName } from "./words";

type Action = "role" | "second-factor" | "remove";

interface Chosen {
  action: Action;
  member: Member;
}

/** The people of the organisation. */
export function Members({ ownId }: { ownId: string }) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const close = () => setChosen(null);
  const members = queries.useInfiniteQuery("get", "/api/org/members", {}, PAGES);
  const columns: Column<Member>[] = [
    { label: "Name", isTitle: true, cell: ({ name }) => <bdi>{name}</bdi> },
    { label: "Email address", cell: ({ email }) => email },
    { label: "Role", cell: ({ role }) => roleName(role) },
    { label: "State", cell: (member) => stateOf(member) },
    {
      label: "Last sign-in",
      cell: ({ lastSignInAt }) => (lastSignInAt ? <RelativeTime at={lastSignInAt} /> : "Never"),
    },
    {
      label: "Actions",
      isAction: true,
      cell: (member) =>
        member.id === ownId ? (
          <Text size="sm" c="dimmed" title="Only others can change your role or remove you.">
            You
          </Text>
        ) : (
          <Actions member={member} onChoose={(action) => setChosen({ action, member })} />
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
      {chosen?.action === "role" && <RoleDialog member={chosen.member} onClose={close} />}
      {chosen?.action === "second-factor" && (
        <ResetSecondFactor member={chosen.member} onClose={close} />
      )}
      {chosen?.action === "remove" && <RemoveMember member={chosen.member} onClose={close} />}
    </Stack>
  );
}

interface ActionsProps {
  member: Member;
  onChoose: (action: Action) => void;
}

function Actions({ member, onChoose }: ActionsProps) {
  return (
    <RowMenu of={member.name}>
      <Menu.Item onClick={() => onChoose("role")}>Change the role</Menu.Item>
      {member.hasSecondFactor && (
        <Menu.Item onClick={() => onChoose("second-factor")}>Reset two-step sign-in</Menu.Item>
      )}
      <Menu.Item c="var(--mantine-color-error)" onClick={() => onChoose("remove")}>
        Remove
      </Menu.Item>
    </RowMenu>
  );
}

/** Say whether a member can sign in, and how. */
function stateOf({ status, emailVerifiedAt, hasSecondFactor }: Member): string {
  if (status !== "active") return "Disabled by the platform";
  if (emailVerifiedAt === null) return "Address not verified";
  return hasSecondFactor ? "Active, two-step sign-in" : "Active";
}
