import type { Campaign, CampaignMetrics } from "@generated/api";
import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { FormBanner } from "@/shared/form";
import { ButtonLink, TextLink } from "@/shared/links";
import { Screen } from "@/shared/screen";
import { Failing, LoadingRows } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { Age, exactTime } from "@/shared/time";
import { DaysChart } from "./days-chart";
import { Failures } from "./failures";
import { Progress } from "./progress";
import { useCampaign, useDeed, useMetrics } from "./queries";
import { Results } from "./results";
import { isMoving, lookOf, statusSentence } from "./words";

const route = getRouteApi("/app/campaigns/$campaignId");

/** A campaign: what it does now, and what became of its messages. */
export function CampaignPage() {
  const { campaignId } = route.useParams();
  const campaign = useCampaign(campaignId);
  const isLive = campaign.data ? isMoving(campaign.data.status) : false;
  const metrics = useMetrics(campaignId, isLive);
  if (campaign.data === undefined) {
    return (
      <Screen title="Campaign">
        {campaign.error ? (
          <Failing problem={asProblem(campaign.error)} onRetry={() => void campaign.refetch()} />
        ) : (
          <LoadingRows rows={4} />
        )}
      </Screen>
    );
  }
  const look = lookOf(campaign.data.status);
  return (
    <Screen
      title={campaign.data.name}
      description={
        <Badge tone={look.tone} icon={look.icon}>
          {look.word}
        </Badge>
      }
      actions={<Deeds campaign={campaign.data} metrics={metrics.data} />}
    >
      <Stack gap={4}>
        <Text>{statusSentence(campaign.data, metrics.data)}</Text>
        {campaign.data.waitingUntil && (
          <Text size="sm" c="dimmed">
            The next sending hours begin at {exactTime(new Date(campaign.data.waitingUntil))}.
          </Text>
        )}
        {campaign.data.retryOf && (
          <Text size="sm">
            It goes to the people whom{" "}
            <TextLink to="/campaigns/$campaignId" params={{ campaignId: campaign.data.retryOf }}>
              an earlier campaign
            </TextLink>{" "}
            did not reach.
          </Text>
        )}
        <Age at={metrics.dataUpdatedAt || Date.now()} />
      </Stack>
      {metrics.data && campaign.data.status !== "draft" && <Progress metrics={metrics.data} />}
      {campaign.data.status !== "draft" && <DaysChart campaignId={campaignId} />}
      {metrics.data && metrics.data.failed > 0 && (
        <Failures campaignId={campaignId} isLive={isLive} />
      )}
      {campaign.data.status !== "draft" && <Results campaignId={campaignId} isLive={isLive} />}
    </Screen>
  );
}

interface DeedsProps {
  campaign: Campaign;
  metrics: CampaignMetrics | undefined;
}

function Deeds({ campaign, metrics }: DeedsProps) {
  const deed = useDeed(campaign.id);
  const navigate = useNavigate();
  const [isCancelling, cancelling] = useDisclosure(false);
  const problem = deed.error ? asProblem(deed.error) : null;
  const left = metrics?.sent ?? 0;
  return (
    <Stack gap="xs" align="flex-end">
      <Group gap="xs">
        {campaign.status === "draft" && (
          <ButtonLink to="/campaigns/new" search={{ step: "check", campaign: campaign.id }}>
            Check and send
          </ButtonLink>
        )}
        {campaign.status === "running" && (
          <Button variant="default" loading={deed.isPending} onClick={() => deed.mutate("pause")}>
            Pause
          </Button>
        )}
        {campaign.status === "paused" && (
          <Button loading={deed.isPending} onClick={() => deed.mutate("resume")}>
            Resume
          </Button>
        )}
        {(campaign.status === "running" ||
          campaign.status === "paused" ||
          campaign.status === "scheduled") && (
          <Button variant="default" onClick={cancelling.open}>
            Cancel
          </Button>
        )}
        {campaign.status === "done" && (metrics?.failed ?? 0) > 0 && (
          <Button
            variant="default"
            loading={deed.isPending}
            onClick={() =>
              deed.mutate("retry-failed", {
                onSuccess: (made) =>
                  made &&
                  void navigate({
                    to: "/campaigns/new",
                    search: { step: "check", campaign: made.id },
                  }),
              })
            }
          >
            Retry failed
          </Button>
        )}
      </Group>
      <FormBanner problem={isCancelling ? null : problem} />
      <Confirm
        isOpen={isCancelling}
        onClose={cancelling.close}
        title={`Cancel “${campaign.name}”?`}
        deed="Cancel the campaign"
        isDestructive
        isBusy={deed.isPending}
        problem={problem}
        onConfirm={() => deed.mutate("cancel", { onSuccess: cancelling.close })}
      >
        {left > 0
          ? `${left.toLocaleString()} messages have left already and can't be recalled. The others are not sent, and refunded.`
          : "No message has left yet. Nothing will be sent, and what was charged is refunded."}
      </Confirm>
    </Stack>
  );
}
