import type { Campaign, CampaignMetrics } from "@generated/api";
import { Stack, Text, Title } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { asProblem } from "@/client/problem";
import { campaignLook } from "@/shared/campaign-look";
import { TextLink } from "@/shared/links";
import { OwnData } from "@/shared/own-data";
import { Screen } from "@/shared/screen";
import { Failing, LoadingRows } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { Age, clockTime } from "@/shared/time";
import { useTimeZone } from "@/shared/use-organisation";
import { zoneWithOffset } from "@/shared/zone";
import { CampaignActions } from "./campaign-actions";
import { DaysChart } from "./days-chart";
import { Failures } from "./failures";
import { Progress } from "./progress";
import { useCampaign, useMetrics } from "./queries";
import { Results } from "./results";
import { isMoving, paceSentence, statusSentence } from "./words";

const route = getRouteApi("/app/campaigns/$campaignId");

/** A campaign: its state, its progress and the results of its messages. */
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
  const look = campaignLook(campaign.data.status);
  const hasStarted = campaign.data.status !== "draft" && campaign.data.status !== "scheduled";
  return (
    <Screen
      title={campaign.data.name}
      description={
        <Badge tone={look.tone} icon={look.icon}>
          {look.word}
        </Badge>
      }
      actions={<CampaignActions campaign={campaign.data} metrics={metrics.data} />}
    >
      <Stack gap={4}>
        <State campaign={campaign.data} metrics={metrics.data} />
        <Age at={metrics.dataUpdatedAt || Date.now()} />
      </Stack>
      {metrics.error && (
        <Failing problem={asProblem(metrics.error)} onRetry={() => void metrics.refetch()} />
      )}
      {metrics.data && hasStarted && <Progress metrics={metrics.data} />}
      {hasStarted && <DaysChart campaignId={campaignId} />}
      {metrics.data && metrics.data.failed > 0 && (
        <Failures campaignId={campaignId} isLive={isLive} />
      )}
      <Sent campaign={campaign.data} />
      {hasStarted && <Results campaignId={campaignId} isLive={isLive} />}
    </Screen>
  );
}

interface StateProps {
  campaign: Campaign;
  metrics: CampaignMetrics | undefined;
}

/** The campaign's state in sentences, such as when it starts. */
function State({ campaign, metrics }: StateProps) {
  const timeZone = useTimeZone();
  const { scheduleAt, status, waitingUntil } = campaign;
  const pace = paceSentence(campaign);
  return (
    <>
      <Text>{statusSentence(campaign, metrics)}</Text>
      {status === "scheduled" && scheduleAt && (
        <Text size="sm">
          It starts at {clockTime(new Date(scheduleAt), timeZone)},{" "}
          {zoneWithOffset(new Date(scheduleAt), timeZone)}.
        </Text>
      )}
      {pace && (
        <Text size="sm" c="dimmed" className="figures">
          {pace}
        </Text>
      )}
      {waitingUntil && (
        <Text size="sm" c="dimmed">
          The next sending hours begin at {clockTime(new Date(waitingUntil), timeZone)}.
        </Text>
      )}
      {campaign.retryOf && (
        <Text size="sm">
          This campaign is for people who did not get{" "}
          <TextLink
            to="/campaigns/$campaignId"
            params={{ campaignId: campaign.retryOf }}
            size="sm"
            underline="always"
          >
            an earlier campaign
          </TextLink>
          .
        </Text>
      )}
      {campaign.retries.length > 0 && (
        <Text size="sm">
          Sent again to people who did not get it:{" "}
          {campaign.retries.map((id, index) => (
            <span key={id}>
              {index > 0 && ", "}
              <TextLink
                to="/campaigns/$campaignId"
                params={{ campaignId: id }}
                size="sm"
                underline="always"
              >
                {campaign.retries.length === 1
                  ? "the retry"
                  : `retry ${campaign.retries.length - index}`}
              </TextLink>
            </span>
          ))}
          .
        </Text>
      )}
    </>
  );
}

/** The campaign's text, its list, and who pays. */
function Sent({ campaign }: { campaign: Campaign }) {
  const { message, mediaUrls, templateName, listId, listName, createdByName, payer } = campaign;
  return (
    <Stack gap="xs" maw={640}>
      <Title order={2}>Text</Title>
      <Text dir="auto" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {message ?? (templateName ? `The template “${templateName}”` : "No text yet.")}
      </Text>
      {mediaUrls.map((address) => (
        <Text key={address} size="sm" style={{ overflowWrap: "anywhere" }}>
          With the picture {address}
        </Text>
      ))}
      <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {listName && listId && (
          <>
            To{" "}
            <TextLink to="/contacts" search={{ listId }} size="sm" underline="always">
              <bdi>{listName}</bdi>
            </TextLink>
            {". "}
          </>
        )}
        {createdByName && `Created by ${createdByName}. `}
        {payer === "organisation" && "The organisation's balance pays."}
        {payer === "member" && "The balance of the member who started it pays."}
      </Text>
      <OwnData reference={campaign.reference} metadata={campaign.metadata} />
    </Stack>
  );
}
