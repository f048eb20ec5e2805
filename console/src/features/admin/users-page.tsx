import type { AdminUser, UserStatusInput } from "@generated/api";
import { Group, Menu, Select, Text } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Ban, Check } from "lucide-react";
import { useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { useUser } from "@/client/use-session";
import { FilterChip } from "@/shared/filter-chip";
import { TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { RowMenu } from "@/shared/row-menu";
import { SearchBox } from "@/shared/search-box";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { AdjustBalance } from "./adjust-balance";
import { AdminScreen } from "./admin-screen";
import { ResetSecondFactor, SetStatus } from "./user-actions";
import { roleNames } from "./words";

const route = getRouteApi("/app/admin/users");
/** The colour of actions that remove something. Mantine's red has too little contrast in menus. */
const ERROR = "var(--mantine-color-error)";

type Action = { kind: "status" | "second_factor" | "adjust"; user: AdminUser };

/** The users of all organisations. */
export function UsersPage() {
  return (
    <AdminScreen title="Users" description="Users of all organisations.">
      {() => <Users />}
    </AdminScreen>
  );
}

function Users() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const ownId = useUser().id;
  const [action, setAction] = useState<Action | null>(null);
  const users = queries.useInfiniteQuery(
    "get",
    "/api/admin/users",
    { params: { query: { ...search, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const rows = users.data?.pages.flatMap((page) => page.items);
  const change = (changes: Partial<typeof search>) =>
    void navigate({ search: { ...search, ...changes }, replace: true });
  const close = () => setAction(null);
  return (
    <>
      <Group gap="xs">
        <SearchBox
          label="Search users"
          placeholder="Beginning of name or email"
          value={search.search}
          onSearch={(text) => change({ search: text })}
        />
        <Select
          aria-label="State"
          placeholder="Active or disabled"
          data={[
            { value: "active", label: "Active" },
            { value: "disabled", label: "Disabled" },
          ]}
          value={search.status ?? null}
          onChange={(value) => change({ status: (value as UserStatusInput | null) ?? undefined })}
          clearable
          clearButtonProps={{ "aria-label": "Show both" }}
        />
        {search.orgId && (
          <FilterChip onClear={() => change({ orgId: undefined })}>
            {`Organisation: ${rows?.[0]?.orgName ?? search.orgId}`}
          </FilterChip>
        )}
      </Group>
      <Table
        caption="Users"
        columns={columnsFor(ownId, setAction)}
        rows={rows}
        keyOf={({ id }) => id}
        problem={users.error ? asProblem(users.error) : null}
        onRetry={() => void users.refetch()}
        isStale={users.isPlaceholderData}
        empty={<Text c="dimmed">No user matches.</Text>}
      />
      <ListFooter query={users} />
      {action?.kind === "status" && <SetStatus user={action.user} onClose={close} />}
      {action?.kind === "second_factor" && <ResetSecondFactor user={action.user} onClose={close} />}
      {action?.kind === "adjust" && (
        <AdjustBalance
          organisation={{ id: action.user.orgId, name: action.user.orgName }}
          user={action.user}
          onClose={close}
        />
      )}
    </>
  );
}

function columnsFor(ownId: string, onAction: (action: Action) => void): Column<AdminUser>[] {
  return [
    {
      label: "User",
      isTitle: true,
      cell: ({ name, email }) => (
        <div>
          <Text fw={500} dir="auto">
            {name}
          </Text>
          <Text size="xs" c="dimmed">
            {email}
          </Text>
        </div>
      ),
    },
    {
      label: "Organisation",
      cell: ({ orgId, orgName }) => (
        <TextLink to="/admin/users" search={{ orgId }} dir="auto">
          {orgName}
        </TextLink>
      ),
    },
    { label: "Role", cell: ({ roles }) => roleNames(roles) },
    {
      label: "State",
      cell: ({ status }) =>
        status === "active" ? (
          <Badge tone="delivered" icon={Check}>
            Active
          </Badge>
        ) : (
          <Badge tone="failed" icon={Ban}>
            Disabled
          </Badge>
        ),
    },
    {
      label: "Last sign-in",
      cell: ({ lastSignInAt }) => (lastSignInAt ? <RelativeTime at={lastSignInAt} /> : "Never"),
    },
    {
      label: "Actions",
      isAction: true,
      cell: (user) => <Actions user={user} isOwn={user.id === ownId} onAction={onAction} />,
    },
  ];
}

interface ActionsProps {
  user: AdminUser;
  isOwn: boolean;
  onAction: (action: Action) => void;
}

function Actions({ user, isOwn, onAction }: ActionsProps) {
  const isActive = user.status === "active";
  return (
    <RowMenu of={user.name}>
      <Menu.Item onClick={() => onAction({ kind: "adjust", user })}>Adjust the balance</Menu.Item>
      <Menu.Item onClick={() => onAction({ kind: "second_factor", user })} disabled={isOwn}>
        Turn off two-step sign-in
      </Menu.Item>
      <Menu.Item
        c={isActive ? ERROR : undefined}
        onClick={() => onAction({ kind: "status", user })}
        disabled={isOwn}
      >
        {isActive ? "Disable" : "Enable"}
      </Menu.Item>
      {isOwn && <Menu.Label>You can't disable your own account.</Menu.Label>}
    </RowMenu>
  );
}
