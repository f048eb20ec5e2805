import type { RoleInput } from "@generated/api";
import { Button, Group, Modal, Radio, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useUser } from "@/client/use-session";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { ROLES } from "./words";

/** Invite somebody by email, with a role. Only owners can invite owners. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const user = useUser();
  const form = useForm({ initialValues: { email: "", role: "member" as RoleInput } });
  const intent = useIntent();
  const cache = useQueryClient();
  const invite = useMutation({
    mutationFn: async (body: { email: string; role: RoleInput }) =>
      api.POST("/api/org/invitations", { body, headers: intent.headers(body) }),
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/org/invitations"] });
      notifications.show({ message: "The invitation is on its way." });
      onClose();
    },
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  const roles = ROLES.filter(({ value }) => value !== "owner" || user.roles.includes("owner"));
  return (
    <Modal opened onClose={onClose} title="Invite somebody">
      <form noValidate onSubmit={form.onSubmit((values) => invite.mutate(values))}>
        <Stack gap="md">
          <FormBanner
            problem={invite.error ? asProblem(invite.error) : null}
            fields={fieldsOf(form)}
          />
          <TextInput
            label="Email address"
            type="email"
            data-autofocus
            {...form.getInputProps("email")}
          />
          <Radio.Group label="Role" {...form.getInputProps("role")}>
            <Stack gap="xs" mt="xs">
              {roles.map(({ value, label, allows }) => (
                <Radio key={value} value={value} label={label} description={allows} />
              ))}
            </Stack>
          </Radio.Group>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={invite.isPending}>
              Send the invitation
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
