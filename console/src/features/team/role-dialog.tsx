import type { Member, RoleInput } from "@generated/api";
import { Button, Group, Modal, Radio, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useUser } from "@/client/use-session";
import { FormBanner } from "@/shared/form";
import { ROLES, roleName } from "./words";

interface Props {
  member: Member;
  onClose: () => void;
}

/** Give a member another role. Only owners make owners. */
export function RoleDialog({ member, onClose }: Props) {
  const user = useUser();
  const [role, setRole] = useState<RoleInput>(member.role);
  const cache = useQueryClient();
  const change = useMutation({
    mutationFn: async () => {
      const params = { path: { userId: member.id } };
      await api.PATCH("/api/org/members/{userId}", { params, body: { role } });
    },
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/org/members"] });
      notifications.show({ message: `${member.name} is ${roleName(role).toLowerCase()} now.` });
      onClose();
    },
  });
  const roles = ROLES.filter(
    ({ value }) => value !== "owner" || user.roles.includes("owner") || member.role === "owner",
  );
  return (
    <Modal opened onClose={onClose} title={`Role of ${member.name}`}>
      <Stack gap="md">
        <FormBanner problem={change.error ? asProblem(change.error) : null} />
        <Radio.Group
          aria-label="Role"
          value={role}
          onChange={(value) => setRole(value as RoleInput)}
        >
          <Stack gap="xs">
            {roles.map(({ value, label, allows }) => (
              <Radio key={value} value={value} label={label} description={allows} />
            ))}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={change.isPending}
            disabled={role === member.role}
            onClick={() => change.mutate()}
          >
            Change the role
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
