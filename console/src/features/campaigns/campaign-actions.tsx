import type { Campaign, CampaignMetrics } from "@generated/api";
import { Button, Group, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { ButtonLink } from "@/shared/links";
import { ActionsMenu } from "./actions-menu";
import { CancelDialog } from "./end-dialogs";
import { useCampaignAction } from "./queries";
import { RetryDialog } from "./retry-dialog";

interface Props {
  campaign: Campaign;
  metrics: CampaignMetrics | undefined;
}

/** The campaign's actions: the important ones of its state as buttons, all others in a menu. */
export function CampaignActions({ campaign, metrics }: Props) {
  const action = useCampaignAction(campaign.id);
  const [isCancelling, cancelling] = useDisclosure(false);
  const [isRetrying, retrying] = useDisclosure(false);
  const { status } = campaign;
  return (
    <Stack gap="xs" align="flex-end">
      <Group gap="xs">
        {status === "draft" && (
          <ButtonLink to="/campaigns/new" search={{ step: "check", campaign: campaign.id }}>
            Check and send
          </ButtonLink>
        )}
        {status === "scheduled" && (
          <>
            <Button
              variant="default"
              loading={action.isPending}
              onClick={() => action.mutate("unschedule")}
            >
              Unschedule
            </Button>
            <ButtonLink to="/campaigns/new" search={{ step: "schedule", campaign: campaign.id }}>
              Change the time
            </ButtonLink>
          </>
        )}
        {status === "running" && (
          <Button
            variant="default"
            loading={action.isPending}
            onClick={() => action.mutate("pause")}
          >
            Pause
          </Button>
        )}
        {(status === "running" || status === "paused") && (
          <Button variant="default" onClick={cancelling.open}>
            Cancel
          </Button>
        )}
        {status === "paused" && (
          <Button loading={action.isPending} onClick={() => action.mutate("resume")}>
            Resume
          </Button>
        )}
        {status === "done" && (metrics?.failed ?? 0) > 0 && (
          <Button variant="default" onClick={retrying.open}>
            Retry failed
          </Button>
        )}
        <ActionsMenu campaign={campaign} />
      </Group>
      <FormBanner problem={action.error ? asProblem(action.error) : null} />
      {isCancelling && <CancelDialog campaign={campaign} onClose={cancelling.close} />}
      {isRetrying && <RetryDialog campaign={campaign} onClose={retrying.close} />}
    </Stack>
  );
}
