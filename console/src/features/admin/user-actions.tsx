import type { AdminUser } from "@generated/api";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";

interface Props {
  user: AdminUser;
  onClose: () => void;
}

/** Disable a user, or let a disabled one sign in again. */
export function SetStatus({ user, onClose }: Props) {
  const cache = useQueryClient();
  const isActive = user.status === "active";
  const set = useMutation({
    mutationFn: async () => {
      const params = { path: { id: user.id } };
      const body = { status: isActive ? "disabled" : "active" } as const;
      await api.PATCH("/api/admin/users/{id}", { params, body });
    },
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/admin/users"] });
      notifications.show({
        message: isActive ? `${user.name} is disabled.` : `${user.name} can sign in again.`,
      });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`${isActive ? "Disable" : "Enable"} ${user.name}?`}
      confirmLabel={`${isActive ? "Disable" : "Enable"} ${user.name}`}
      isDestructive={isActive}
      isBusy={set.isPending}
      problem={set.error ? asProblem(set.error) : null}
      onConfirm={() => set.mutate()}
    >
      {isActive
        ? `${user.email} of ${user.orgName} can't sign in any longer. Their sessions end and their API keys are revoked within a second. Enabling them again does not bring the keys back.`
        : `${user.email} of ${user.orgName} can sign in again with their password. API keys that were revoked stay revoked.`}
    </Confirm>
  );
}

/** Turn off two-step sign-in for a user who has lost their phone and codes. */
export function ResetSecondFactor({ user, onClose }: Props) {
  const reset = useMutation({
    mutationFn: async () => {
      const params = { path: { id: user.id } };
      await api.DELETE("/api/admin/users/{id}/second-factor", { params });
    },
    onSuccess: () => {
      notifications.show({ message: `${user.name} signs in without a code now.` });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Turn off two-step sign-in of ${user.name}?`}
      confirmLabel="Turn it off"
      isDestructive
      isBusy={reset.isPending}
      problem={reset.error ? asProblem(reset.error) : null}
      onConfirm={() => reset.mutate()}
    >
      Do this only if you are sure that {user.email} is the person who asks. All sessions of the
      user end, and the user gets an email about it.
    </Confirm>
  );
}
