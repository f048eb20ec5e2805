import { Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { publicApi } from "@/client/client";
import { asProblem } from "@/client/problem";
import { startSession } from "@/client/session";
import { useSession } from "@/client/use-session";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { Redirect } from "@/shared/redirect";
import { Entrance } from "./entrance";

/** Create an organisation and its owner. */
export function SignUpPage() {
  const session = useSession();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { name: "", orgName: "", email: "", password: "" },
  });
  const signUp = useMutation({
    mutationFn: async (values: ReturnType<typeof form.getValues>) =>
      (await publicApi.POST("/api/auth/register", { body: registration(values) })).data,
    onSuccess: (made) => made && startSession(made),
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  if (session.status === "signed_in") return <Redirect href="/" />;
  return (
    <Entrance title="Create an account">
      <form onSubmit={form.onSubmit((values) => signUp.mutate(values))} noValidate>
        <Stack gap="md">
          <FormBanner
            problem={signUp.error ? asProblem(signUp.error) : null}
            fields={fieldsOf(form)}
          />
          <TextInput
            label="Your name"
            autoComplete="name"
            key={form.key("name")}
            {...form.getInputProps("name")}
          />
          <TextInput
            label="Organisation"
            description="Your company or group. You can invite colleagues later."
            autoComplete="organization"
            key={form.key("orgName")}
            {...form.getInputProps("orgName")}
          />
          <TextInput
            label="Email address"
            type="email"
            autoComplete="username"
            key={form.key("email")}
            {...form.getInputProps("email")}
          />
          <PasswordInput
            label="Password"
            description="At least 10 characters."
            autoComplete="new-password"
            visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
            key={form.key("password")}
            {...form.getInputProps("password")}
          />
          <Button type="submit" loading={signUp.isPending} fullWidth>
            Create the account
          </Button>
        </Stack>
      </form>
      <Text size="sm">
        You have an account?{" "}
        <Anchor component={Link} to="/sign-in" size="sm">
          Sign in
        </Anchor>
      </Text>
    </Entrance>
  );
}

function registration(values: { name: string; orgName: string; email: string; password: string }) {
  return { ...values, orgName: values.orgName.trim() || undefined };
}
