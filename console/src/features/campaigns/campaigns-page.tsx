import type { Campaign, CampaignStatusInput } from "@generated/api";
import { Tabs, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { asProblem } from "@/client/problem";
import { ButtonLink, TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { useCampaigns } from "./queries";
import { lookOf, STATUS_TABS } from "./words";

const route = getRouteApi("/app/campaigns");

const COLUMNS: Column<Campaign>[] = [
  {
    label: "Campaign",
    isTitle: true,
    cell: (campaign) => (
      <TextLink to="/campaigns/$campaignId" params={{ campaignId: campaign.id }}>
        {campaign.name}
      </TextLink>
    ),
  },
  {
    label: "Status",
    cell: ({ status }) => {
      const look = lookOf(status);
      return (
        <Badge tone={look.tone} icon={look.icon}>
          {look.word}
        </Badge>
      );
    },
  },
  { label: "Started or scheduled", cell: (campaign) => <Start campaign={campaign} /> },
  {
    label: "Created",
    cell: ({ createdAt }) => (createdAt ? <RelativeTime at={createdAt} /> : "–"),
  },
];

/** All campaigns, by status. */
export function CampaignsPage() {
  const { status } = route.useSearch();
  const navigate = route.useNavigate();
  const campaigns = useCampaigns(status);
  const create = (
    <ButtonLink to="/campaigns/new" search={{ step: "text" }}>
      New campaign
    </ButtonLink>
  );
  return (
    <Screen title="Campaigns" actions={create}>
      <Tabs
        value={status ?? "all"}
        onChange={(tab) =>
          void navigate({ search: tab === "all" ? {} : { status: tab as CampaignStatusInput } })
        }
      >
        <Tabs.List>
          {STATUS_TABS.map((tab) => (
            <Tabs.Tab key={tab.label} value={tab.status ?? "all"}>
              {tab.label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      <Table
        caption="Campaigns"
        columns={COLUMNS}
        rows={campaigns.data?.pages.flatMap((page) => page.items)}
        keyOf={(campaign) => campaign.id}
        problem={campaigns.error ? asProblem(campaigns.error) : null}
        onRetry={() => void campaigns.refetch()}
        empty={
          status ? (
            <Text c="dimmed">There is no campaign with this status.</Text>
          ) : (
            <Empty action={create}>
              A campaign sends one text to everybody on a list, and shows what became of each
              message.
            </Empty>
          )
        }
      />
      <ListFooter query={campaigns} />
    </Screen>
  );
}

function Start({ campaign }: { campaign: Campaign }) {
  const at = campaign.startedAt ?? campaign.scheduleAt;
  return at ? <RelativeTime at={at} /> : "–";
}
