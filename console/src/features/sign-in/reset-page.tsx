import { Alert, Anchor, Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { publicApi } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { Entrance } from "./entrance";
import { useLinkToken } from "./link-token";

const route = getRouteApi("/reset");

/** Set a new password with the token of a mailed link. */
export function ResetPage() {
  const token = useLinkToken(route.useSearch().token);
  const form = useForm({ mode: "uncontrolled", initialValues: { newPassword: "" } });
  const reset = useMutation({
    mutationFn: async (body: { token: string; newPassword: string }) =>
      publicApi.POST("/api/auth/reset", { body }),
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  if (reset.isSuccess) {
    return (
      <Entrance title="Your new password is set">
        <Text>All other sessions of your account have ended.</Text>
        <Anchor component={Link} to="/sign-in" size="sm">
          Sign in
        </Anchor>
      </Entrance>
    );
  }
  return (
    <Entrance title="Set a new password">
      {token === undefined ? (
        <Alert color="orange">This link is incomplete. Open the link in the email again.</Alert>
      ) : (
        <form onSubmit={form.onSubmit((values) => reset.mutate({ token, ...values }))} noValidate>
          <Stack gap="md">
            <FormBanner
              problem={reset.error ? asProblem(reset.error) : null}
              fields={fieldsOf(form)}
            />
            <PasswordInput
              label="New password"
              description="At least 10 characters."
              autoComplete="new-password"
              visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
              key={form.key("newPassword")}
              {...form.getInputProps("newPassword")}
            />
            <Button type="submit" loading={reset.isPending} fullWidth>
              Set the password
            </Button>
          </Stack>
        </form>
      )}
      <Anchor component={Link} to="/forgot-password" size="sm">
        Send a new link
      </Anchor>
    </Entrance>
  );
}
