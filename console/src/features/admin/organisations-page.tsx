import type { AdminOrganisation } from "@generated/api";
import { Group, Menu, Text } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Ban, Check, CircleDashed } from "lucide-react";
import { useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { MenuLink, TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { formatMoney } from "@/shared/money";
import { formatCount } from "@/shared/number";
import { RowMenu } from "@/shared/row-menu";
import { SearchBox } from "@/shared/search-box";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { useCurrency } from "@/shared/use-organisation";
import { AdjustBalance } from "./adjust-balance";
import { AdminScreen } from "./admin-screen";
import { NumberLimitDialog } from "./number-limit";
import { SuspendDialog } from "./suspend-dialog";

const route = getRouteApi("/app/admin/organisations");
/** The colour of actions that remove something. Mantine's red has too little contrast in menus. */
const ERROR = "var(--mantine-color-error)";

type Action = { kind: "suspend" | "adjust" | "limit"; organisation: AdminOrganisation };

/** All organisations, with their balances and whether they may send. */
export function OrganisationsPage() {
  return (
    <AdminScreen title="Organisations" description="Figures of the last 30 days.">
      {() => <Organisations />}
    </AdminScreen>
  );
}

function Organisations() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const currency = useCurrency();
  const [action, setAction] = useState<Action | null>(null);
  const organisations = queries.useInfiniteQuery(
    "get",
    "/api/admin/organisations",
    { params: { query: { ...search, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const close = () => setAction(null);
  return (
    <>
      <Group gap="xs">
        <SearchBox
          label="Search organisations"
          placeholder="Beginning of the name"
          value={search.search}
          onSearch={(text) => void navigate({ search: { search: text }, replace: true })}
        />
      </Group>
      <Table
        caption="Organisations"
        columns={columnsFor(currency, setAction)}
        rows={organisations.data?.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => id}
        problem={organisations.error ? asProblem(organisations.error) : null}
        onRetry={() => void organisations.refetch()}
        isStale={organisations.isPlaceholderData}
        empty={<Text c="dimmed">No organisation matches.</Text>}
      />
      <ListFooter query={organisations} />
      {action?.kind === "suspend" && (
        <SuspendDialog organisation={action.organisation} onClose={close} />
      )}
      {action?.kind === "adjust" && (
        <AdjustBalance organisation={action.organisation} onClose={close} />
      )}
      {action?.kind === "limit" && (
        <NumberLimitDialog organisation={action.organisation} onClose={close} />
      )}
    </>
  );
}

function columnsFor(
  currency: string,
  onAction: (action: Action) => void,
): Column<AdminOrganisation>[] {
  return [
    {
      label: "Organisation",
      isTitle: true,
      cell: ({ name, createdAt }) => (
        <div>
          <Text fw={500} dir="auto">
            {name}
          </Text>
          <Text size="xs" c="dimmed" component="span">
            Created <RelativeTime at={createdAt} />
          </Text>
        </div>
      ),
    },
    { label: "Account", cell: ({ usage }) => <Account usage={usage} /> },
    {
      label: "Members",
      isNumber: true,
      cell: ({ id, members }) => (
        <TextLink to="/admin/users" search={{ orgId: id }}>
          {formatCount(members)}
        </TextLink>
      ),
    },
    { label: "Sent", isNumber: true, cell: ({ usage }) => (usage ? formatCount(usage.sent) : "–") },
    {
      label: "Failed",
      isNumber: true,
      cell: ({ usage }) => (usage ? formatCount(usage.failed) : "–"),
    },
    {
      label: "Spent",
      isNumber: true,
      cell: ({ usage }) => (usage ? formatMoney(usage.spentCents, currency) : "–"),
    },
    {
      label: "Balance",
      isNumber: true,
      cell: (row) =>
        row.balanceCents === null ? "–" : formatMoney(row.balanceCents, row.currency ?? currency),
    },
    {
      label: "Actions",
      isAction: true,
      cell: (organisation) => <Actions organisation={organisation} onAction={onAction} />,
    },
  ];
}

function Account({ usage }: { usage: AdminOrganisation["usage"] }) {
  if (usage === null) return "–";
  if (usage.account === "suspended") {
    return (
      <Badge tone="failed" icon={Ban}>
        Suspended
      </Badge>
    );
  }
  return usage.account === "active" ? (
    <Badge tone="delivered" icon={Check}>
      May send
    </Badge>
  ) : (
    <Badge tone="sending" icon={CircleDashed}>
      None yet
    </Badge>
  );
}

interface ActionsProps {
  organisation: AdminOrganisation;
  onAction: (action: Action) => void;
}

function Actions({ organisation, onAction }: ActionsProps) {
  const { id, name, usage } = organisation;
  const isSuspended = usage?.account === "suspended";
  const hasAccount = usage === null || usage.account !== null;
  return (
    <RowMenu of={name}>
      <MenuLink to="/admin/users" search={{ orgId: id }}>
        Users
      </MenuLink>
      <MenuLink to="/admin/audit" search={{ orgId: id }}>
        Audit log
      </MenuLink>
      <Menu.Divider />
      <Menu.Item onClick={() => onAction({ kind: "adjust", organisation })}>
        Adjust the balance
      </Menu.Item>
      <Menu.Item onClick={() => onAction({ kind: "limit", organisation })}>
        Limit of phone numbers
      </Menu.Item>
      <Menu.Item
        c={isSuspended ? undefined : ERROR}
        onClick={() => onAction({ kind: "suspend", organisation })}
        disabled={!hasAccount}
      >
        {isSuspended ? "Reactivate" : "Suspend"}
      </Menu.Item>
      {!hasAccount && <Menu.Label>It has no account that could be suspended.</Menu.Label>}
    </RowMenu>
  );
}
