import type { AdminOrganisation } from "@generated/api";
import { List } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { ReasonDialog } from "./reason-dialog";

interface Props {
  organisation: AdminOrganisation;
  onClose: () => void;
}

/** Stop an organisation from sending, or let it send again. */
export function SuspendDialog({ organisation, onClose }: Props) {
  const { id, name, usage } = organisation;
  const cache = useQueryClient();
  const isSuspended = usage?.account === "suspended";
  const path = isSuspended
    ? "/api/admin/twilio/subaccounts/{orgId}/reactivate"
    : "/api/admin/twilio/subaccounts/{orgId}/suspend";
  return (
    <ReasonDialog
      title={`${isSuspended ? "Reactivate" : "Suspend"} ${name}?`}
      confirmLabel={`${isSuspended ? "Reactivate" : "Suspend"} ${name}`}
      isDestructive={!isSuspended}
      act={async (reason, headers) =>
        (await api.POST(path, { params: { path: { orgId: id } }, body: { reason }, headers })).data
      }
      onDone={(account) => {
        void cache.invalidateQueries({ queryKey: ["get", "/api/admin/organisations"] });
        notifications.show({
          message:
            account?.status === "suspended" ? `${name} is suspended.` : `${name} may send again.`,
        });
        onClose();
      }}
      onClose={onClose}
    >
      {isSuspended ? (
        "The organisation may send again at once. Campaigns that were paused stay paused until somebody resumes them."
      ) : (
        <List size="sm" spacing={4}>
          <List.Item>From now on, nobody in this organisation can send.</List.Item>
          <List.Item>Messages that wait to be sent fail, and their price is refunded.</List.Item>
          <List.Item>Running campaigns pause.</List.Item>
          <List.Item>Messages that have left can't be recalled.</List.Item>
        </List>
      )}
    </ReasonDialog>
  );
}
