import { Button, PasswordInput, Stack, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";

const SHOW = { "aria-label": "Show the password", tabIndex: 0 };

/** Change the password. All other sessions of the account end. */
export function ChangePassword() {
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { currentPassword: "", newPassword: "" },
  });
  const cache = useQueryClient();
  const change = useMutation({
    mutationFn: async (body: { currentPassword: string; newPassword: string }) =>
      api.POST("/api/me/password", { body }),
    onSuccess: () => {
      form.reset();
      void cache.invalidateQueries({ queryKey: ["get", "/api/me/sessions"] });
      notifications.show({ message: "The password is changed. Your other sessions have ended." });
    },
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => change.mutate(values))}>
      <Stack gap="md" maw={400}>
        <Title order={2}>Password</Title>
        <FormBanner
          problem={change.error ? asProblem(change.error) : null}
          fields={fieldsOf(form)}
        />
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          visibilityToggleButtonProps={SHOW}
          key={form.key("currentPassword")}
          {...form.getInputProps("currentPassword")}
        />
        <PasswordInput
          label="New password"
          description="At least 10 characters."
          autoComplete="new-password"
          visibilityToggleButtonProps={SHOW}
          key={form.key("newPassword")}
          {...form.getInputProps("newPassword")}
        />
        <div>
          <Button type="submit" variant="default" loading={change.isPending}>
            Change the password
          </Button>
        </div>
      </Stack>
    </form>
  );
}
