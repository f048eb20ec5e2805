import type { Campaign } from "@generated/api";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { ifUnchanged } from "@/client/versions";
import { Confirm } from "@/shared/confirm";
import { counted } from "@/shared/number";
import { useCampaignAction, useMetrics } from "./queries";

interface Props {
  campaign: Campaign;
  onClose: () => void;
}

/** Ask before a campaign is cancelled, and say how many messages can't be recalled. */
export function CancelDialog({ campaign, onClose }: Props) {
  const action = useCampaignAction(campaign.id);
  const metrics = useMetrics(campaign.id, true);
  const left = metrics.data?.sent ?? campaign.metrics?.sent ?? 0;
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Cancel “${campaign.name}”?`}
      confirmLabel="Cancel the campaign"
      isDestructive
      isBusy={action.isPending}
      problem={action.error ? asProblem(action.error) : null}
      onConfirm={() =>
        action.mutate("cancel", {
          onSuccess: (cancelled) => {
            const gone = cancelled?.metrics?.sent ?? left;
            notifications.show({
              message:
                gone > 0
                  ? `Cancelled. ${counted(gone, "message")} had been sent already.`
                  : "Cancelled. No message has been sent.",
            });
            onClose();
          },
        })
      }
    >
      {left > 0
        ? `${counted(left, "message has", "messages have")} been sent already and can't be recalled. The others are not sent, and what they cost is refunded.`
        : "No message has been sent yet. Nothing will be sent, and what was charged is refunded."}
    </Confirm>
  );
}

/** Ask before a campaign is deleted. */
export function DeleteDialog({ campaign, onClose }: Props) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: async () => {
      const params = { path: { id: campaign.id } };
      await api.DELETE("/api/campaigns/{id}", { params, headers: ifUnchanged(campaign.version) });
    },
    onError: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns/{id}"] });
    },
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/campaigns"] });
      onClose();
      void navigate({ to: "/campaigns" });
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Delete “${campaign.name}”?`}
      confirmLabel="Delete the campaign"
      isDestructive
      isBusy={remove.isPending}
      problem={remove.error ? asProblem(remove.error) : null}
      onConfirm={() => remove.mutate()}
    >
      {campaign.status === "draft"
        ? "The draft is deleted. Nothing was sent with it."
        : "It disappears from the list. The messages that were sent stay in the history."}
    </Confirm>
  );
}
