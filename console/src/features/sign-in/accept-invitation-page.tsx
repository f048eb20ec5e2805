import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { publicApi } from "@/client/client";
import { asProblem } from "@/client/problem";
import { startSession } from "@/client/session";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { Redirect } from "@/shared/redirect";
import { Entrance } from "./entrance";
import { useLinkToken } from "./link-token";
import { OtherAccount } from "./other-account";
import { useKnownSession } from "./use-known-session";

const route = getRouteApi("/accept-invitation");

/** Join the organisation that sent the invitation. */
export function AcceptInvitationPage() {
  const token = useLinkToken(route.useSearch().token);
  const session = useKnownSession();
  const form = useForm({ mode: "uncontrolled", initialValues: { name: "", password: "" } });
  const join = useMutation({
    mutationFn: async (body: { token: string; name: string; password: string }) =>
      (await publicApi.POST("/api/auth/accept-invitation", { body })).data,
    onSuccess: (made) => made && startSession(made),
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  if (join.isSuccess && session.status === "signed_in") return <Redirect href="/" />;
  const problem = join.error ? asProblem(join.error) : null;
  return (
    <Entrance title="Join your organisation">
      {token === undefined ? (
        <Alert color="orange">This link is incomplete. Open the link in the email again.</Alert>
      ) : session.status === "signed_in" && join.isIdle ? (
        <OtherAccount email={session.user.email} />
      ) : (
        <form onSubmit={form.onSubmit((values) => join.mutate({ token, ...values }))} noValidate>
          <Stack gap="md">
            <FormBanner problem={problem} fields={fieldsOf(form)} />
            {problem?.code === "bad_token" && (
              <Text size="sm">Ask the person who invited you for a new invitation.</Text>
            )}
            <TextInput
              label="Your name"
              autoComplete="name"
              key={form.key("name")}
              {...form.getInputProps("name")}
            />
            <PasswordInput
              label="Password"
              description="At least 10 characters."
              autoComplete="new-password"
              visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
              key={form.key("password")}
              {...form.getInputProps("password")}
            />
            <Button type="submit" loading={join.isPending} fullWidth>
              Join
            </Button>
          </Stack>
        </form>
      )}
      <Anchor component={Link} to="/sign-in" size="sm">
        Sign in with your own account
      </Anchor>
    </Entrance>
  );
}
