import type { CampaignGroup, CampaignOverview, CampaignProgress } from "@generated/api";
import { Group, Progress, Stack, Text, Title } from "@mantine/core";
import { campaignLook } from "@/shared/campaign-look";
import { TextLink } from "@/shared/links";
import { formatCount } from "@/shared/number";
import { Badge } from "@/shared/status-badge";
import { RelativeTime } from "@/shared/time";

/** The campaigns that run, are paused, or come next. */
export function Running({ campaigns }: { campaigns: CampaignOverview }) {
  const { running, paused, scheduled } = campaigns;
  const shown = [running, paused, scheduled].flatMap((group) => group?.items ?? []);
  if (shown.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={2}>Running and scheduled</Title>
      {shown.map((campaign) => (
        <Row key={campaign.id} campaign={campaign} />
      ))}
      <More groups={[running, paused, scheduled]} />
    </Stack>
  );
}

function Row({ campaign }: { campaign: CampaignProgress }) {
  const look = campaignLook(campaign.status);
  const all = campaign.processed + campaign.pending;
  const handled = campaign.processed - campaign.pending;
  return (
    <Group gap="md" wrap="nowrap" align="center">
      <Stack gap={2} flex={1} miw={0}>
        <TextLink to="/campaigns/$campaignId" params={{ campaignId: campaign.id }} truncate>
          {campaign.name}
        </TextLink>
        <Text size="xs" c="dimmed" className="figures">
          {campaign.status === "scheduled" && campaign.scheduleAt ? (
            <>
              Starts <RelativeTime at={campaign.scheduleAt} />
            </>
          ) : (
            `${formatCount(Math.max(0, handled))} handled, ${formatCount(campaign.pending)} waiting`
          )}
        </Text>
      </Stack>
      {campaign.status !== "scheduled" && (
        <Progress
          value={all === 0 ? 0 : (100 * Math.max(0, handled)) / all}
          w={{ base: 80, sm: 200 }}
          aria-label={`Progress of ${campaign.name}`}
        />
      )}
      <Badge tone={look.tone} icon={look.icon}>
        {look.word}
      </Badge>
    </Group>
  );
}

function More({ groups }: { groups: (CampaignGroup | null)[] }) {
  const hidden = groups.reduce(
    (sum, group) => sum + (group ? group.total - group.items.length : 0),
    0,
  );
  if (hidden === 0) return null;
  return (
    <TextLink to="/campaigns" size="sm" underline="always">
      {formatCount(hidden)} more
    </TextLink>
  );
}
