import type { Member } from "@generated/api";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";

interface Props {
  member: Member;
  onClose: () => void;
}

/** Ask before somebody loses access to the organisation. */
export function RemoveMember({ member, onClose }: Props) {
  const cache = useQueryClient();
  const remove = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/org/members/{userId}", { params: { path: { userId: member.id } } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/org/members"] });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Remove ${member.name}?`}
      confirmLabel={`Remove ${member.name}`}
      isDestructive
      isBusy={remove.isPending}
      problem={remove.error ? asProblem(remove.error) : null}
      onConfirm={() => remove.mutate()}
    >
      Their sessions, API keys and open invitations end at once. Their scheduled campaigns become
      drafts, and their running campaigns pause.
    </Confirm>
  );
}

/** Turn the two-step sign-in of somebody off who has lost the device. */
export function ResetSecondFactor({ member, onClose }: Props) {
  const cache = useQueryClient();
  const reset = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/org/members/{userId}/second-factor", {
        params: { path: { userId: member.id } },
      }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/org/members"] });
      notifications.show({ message: `${member.name} signs in with the password alone now.` });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Reset the two-step sign-in of ${member.name}?`}
      confirmLabel="Reset two-step sign-in"
      isDestructive
      isBusy={reset.isPending}
      problem={reset.error ? asProblem(reset.error) : null}
      onConfirm={() => reset.mutate()}
    >
      Do this only if they have lost their device and their recovery codes, and you are sure that
      the request is really from them. Their sessions end, and they get a mail.
    </Confirm>
  );
}
