import type { Campaign, CampaignStatusInput } from "@generated/api";
import { Group, Progress, Stack, Tabs, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { asProblem } from "@/client/problem";
import { campaignLook } from "@/shared/campaign-look";
import { ButtonLink, TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { formatMoney } from "@/shared/money";
import { counted, formatCount } from "@/shared/number";
import { Screen } from "@/shared/screen";
import { SearchBox } from "@/shared/search-box";
import { Empty } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { clockTime, RelativeTime } from "@/shared/time";
import { useCurrency, useTimeZone } from "@/shared/use-organisation";
import { ActionsMenu } from "./actions-menu";
import { useCampaigns } from "./queries";
import type { CampaignSearch, Step } from "./search";
import { STATUS_TABS } from "./words";

const route = getRouteApi("/app/campaigns");

/** All campaigns, by status, with their results so far. */
export function CampaignsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const campaigns = useCampaigns(search);
  const columns = columnsFor(useCurrency(), useTimeZone());
  const change = (changes: CampaignSearch) =>
    void navigate({ search: { ...search, ...changes }, replace: true });
  const create = (
    <ButtonLink to="/campaigns/new" search={{ step: "text" }}>
      New campaign
    </ButtonLink>
  );
  return (
    <Screen title="Campaigns" actions={create}>
      <Stack gap="sm" data-filters>
        <SearchBox
          label="Search campaigns"
          placeholder="Name or text"
          value={search.search}
          onSearch={(text) => change({ search: text })}
        />
        <Tabs
          value={search.status ?? "all"}
          onChange={(tab) =>
            change({ status: tab === "all" ? undefined : (tab as CampaignStatusInput) })
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
      </Stack>
      <Table
        caption="Campaigns"
        columns={columns}
        rows={campaigns.data?.pages.flatMap((page) => page.items)}
        keyOf={(campaign) => campaign.id}
        problem={campaigns.error ? asProblem(campaigns.error) : null}
        onRetry={() => void campaigns.refetch()}
        isStale={campaigns.isPlaceholderData}
        empty={
          search.status || search.search ? (
            <Text c="dimmed">No campaign matches.</Text>
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

function columnsFor(currency: string, timeZone: string): Column<Campaign>[] {
  const figure = (campaign: Campaign, name: "delivered" | "failed" | "replied") =>
    campaign.metrics && campaign.startedAt ? formatCount(campaign.metrics[name]) : "–";
  return [
    { label: "Campaign", isTitle: true, cell: (campaign) => <Name campaign={campaign} /> },
    { label: "Status", cell: (campaign) => <Status campaign={campaign} /> },
    { label: "Started", cell: (campaign) => <Start campaign={campaign} timeZone={timeZone} /> },
    { label: "Delivered", isNumber: true, cell: (campaign) => figure(campaign, "delivered") },
    { label: "Failed", isNumber: true, cell: (campaign) => figure(campaign, "failed") },
    { label: "Replies", isNumber: true, cell: (campaign) => figure(campaign, "replied") },
    {
      label: "Spent",
      isNumber: true,
      cell: ({ metrics, startedAt }) =>
        metrics && startedAt ? formatMoney(metrics.spentCents, currency) : "–",
    },
    { label: "Actions", isAction: true, cell: (campaign) => <ActionsMenu campaign={campaign} /> },
  ];
}

function Name({ campaign }: { campaign: Campaign }) {
  const { id, name, listName, listSize, retryOf } = campaign;
  return (
    <div>
      {campaign.status === "draft" ? (
        <TextLink to="/campaigns/new" search={{ step: stepOf(campaign), campaign: id }}>
          {name}
        </TextLink>
      ) : (
        <TextLink to="/campaigns/$campaignId" params={{ campaignId: id }}>
          {name}
        </TextLink>
      )}
      <Text size="xs" c="dimmed" lineClamp={2}>
        {retryOf ? (
          "Retry of another campaign"
        ) : listName ? (
          <>
            <bdi>{listName}</bdi> · {counted(listSize ?? 0, "contact")}
          </>
        ) : (
          "No list yet"
        )}
      </Text>
    </div>
  );
}

function Status({ campaign }: { campaign: Campaign }) {
  const look = campaignLook(campaign.status);
  const { metrics, listSize, status, statusMessage } = campaign;
  const handled = metrics ? metrics.recipients - metrics.pending : 0;
  return (
    <Stack gap={4} align="flex-start" maw={280}>
      <Badge tone={look.tone} icon={look.icon}>
        {look.word}
      </Badge>
      {status === "running" && metrics && (
        <Group gap="xs" wrap="nowrap">
          <Progress
            w={100}
            value={(100 * handled) / Math.max(metrics.recipients, listSize ?? 0, 1)}
            aria-label={`Progress of ${campaign.name}`}
          />
          <Text size="xs" c="dimmed" className="figures">
            {formatCount(handled)}
          </Text>
        </Group>
      )}
      {statusMessage && (
        <Text size="xs" c="dimmed">
          {statusMessage}
        </Text>
      )}
    </Stack>
  );
}

function Start({ campaign, timeZone }: { campaign: Campaign; timeZone: string }) {
  if (campaign.startedAt) return <RelativeTime at={campaign.startedAt} timeZone={timeZone} />;
  if (campaign.scheduleAt) return clockTime(new Date(campaign.scheduleAt), timeZone);
  return "–";
}

/** Return the step at which somebody goes on with a draft. */
function stepOf({ missing }: Campaign): Step {
  if (missing.length === 0) return "check";
  return missing.some((field) => field !== "listId") ? "text" : "recipients";
}
