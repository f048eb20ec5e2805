import { Anchor, Button, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { publicApi } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { Entrance } from "./entrance";

/** Ask for a link to set a new password. */
export function ForgotPasswordPage() {
  const form = useForm({ mode: "uncontrolled", initialValues: { email: "" } });
  const ask = useMutation({
    mutationFn: async (body: { email: string }) =>
      publicApi.POST("/api/auth/request-reset", { body }),
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  return (
    <Entrance title="Set a new password">
      {ask.isSuccess ? (
        <Text>
          If the address belongs to an account, an email with a link is on its way. The link works
          once, within an hour.
        </Text>
      ) : (
        <form onSubmit={form.onSubmit((values) => ask.mutate(values))} noValidate>
          <Stack gap="md">
            <FormBanner problem={ask.error ? asProblem(ask.error) : null} fields={fieldsOf(form)} />
            <TextInput
              label="Email address"
              type="email"
              autoComplete="username"
              key={form.key("email")}
              {...form.getInputProps("email")}
            />
            <Button type="submit" loading={ask.isPending} fullWidth>
              Send the link
            </Button>
          </Stack>
        </form>
      )}
      <Anchor component={Link} to="/sign-in" size="sm">
        Back to the sign-in
      </Anchor>
    </Entrance>
  );
}
