import type { Campaign } from "@generated/api";
import { ActionIcon, Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useNavigate } from "@tanstack/react-router";
import { EllipsisVertical } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/client/problem";
import { useDownload } from "@/shared/download";
import { type Action, actionsOf } from "./actions";
import { CancelDialog, DeleteDialog } from "./end-dialogs";
import { useCampaignAction } from "./queries";
import { RetryDialog } from "./retry-dialog";

type Dialog = "retry" | "cancel" | "delete";

/** The menu with all actions for a campaign. */
export function ActionsMenu({ campaign }: { campaign: Campaign }) {
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const act = useAct(campaign, setDialog);
  const close = () => setDialog(null);
  return (
    <>
      <Menu position="bottom-end" width={280}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={`Actions for ${campaign.name}`}>
            <EllipsisVertical size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {actionsOf(campaign).map((action) => (
            <Menu.Item
              key={action.kind}
              aria-disabled={action.reason !== null}
              closeMenuOnClick={action.reason === null}
              onClick={() => action.reason === null && act(action)}
            >
              <Text size="sm" c={action.reason ? "dimmed" : undefined}>
                {action.label}
              </Text>
              {action.reason && (
                <Text size="xs" c="dimmed">
                  {action.reason}
                </Text>
              )}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {dialog === "retry" && <RetryDialog campaign={campaign} onClose={close} />}
      {dialog === "cancel" && <CancelDialog campaign={campaign} onClose={close} />}
      {dialog === "delete" && <DeleteDialog campaign={campaign} onClose={close} />}
    </>
  );
}

/** Return the function that performs an action, or opens the dialog that asks first. */
function useAct(campaign: Campaign, onDialog: (dialog: Dialog) => void) {
  const navigate = useNavigate();
  const action = useCampaignAction(campaign.id);
  const file = useDownload();
  const onError = (error: unknown) =>
    notifications.show({ color: "red", autoClose: false, message: asProblem(error).message });
  const edit = (id: string) =>
    void navigate({ to: "/campaigns/new", search: { step: "text", campaign: id } });
  return ({ kind }: Action) => {
    if (kind === "edit") edit(campaign.id);
    else if (kind === "pause" || kind === "resume") action.mutate(kind, { onError });
    else if (kind === "duplicate") {
      action.mutate(kind, { onError, onSuccess: (made) => made && edit(made.id) });
    } else if (kind === "export") {
      file.mutate(`/api/campaigns/${campaign.id}/results/export`, { onError });
    } else onDialog(kind);
  };
}
