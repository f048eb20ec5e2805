import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { publicApi } from "@/client/client";
import { asProblem } from "@/client/problem";
import { sessionOf, startSession } from "@/client/session";
import { useCountdown } from "@/shared/countdown";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { CodeForm } from "./code-form";

interface Props {
  /** The email address of the user who must sign in again. */
  email?: string;
}

/**
 * The form with email address and password. Used on the sign-in page, and in the dialog after a
 * session has ended.
 */
export function SignInForm({ email = "" }: Props) {
  const form = useForm({ mode: "uncontrolled", initialValues: { email, password: "" } });
  const [challenge, setChallenge] = useState<string | null>(null);
  const signIn = useMutation({
    mutationFn: async (values: { email: string; password: string }) =>
      (await publicApi.POST("/api/auth/login", { body: values })).data,
    onSuccess: (answer) => {
      if (answer?.secondFactor) setChallenge(answer.secondFactor.challenge);
      const session = sessionOf(answer);
      if (session) startSession(session);
    },
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  const problem = signIn.error ? asProblem(signIn.error) : null;
  const wait = useCountdown(problem?.retryAfter ?? 0, signIn.submittedAt);
  if (challenge !== null) {
    return <CodeForm challenge={challenge} onCancel={() => setChallenge(null)} />;
  }
  return (
    <form onSubmit={form.onSubmit((values) => signIn.mutate(values))} noValidate>
      <Stack gap="md">
        <FormBanner problem={problem} fields={fieldsOf(form)} />
        <TextInput
          label="Email address"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          data-autofocus={email === ""}
          key={form.key("email")}
          {...form.getInputProps("email")}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          data-autofocus={email !== ""}
          visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
          key={form.key("password")}
          {...form.getInputProps("password")}
        />
        <Button type="submit" loading={signIn.isPending} disabled={wait > 0} fullWidth>
          {wait > 0 ? `Try again in ${wait} s` : "Sign in"}
        </Button>
      </Stack>
    </form>
  );
}
