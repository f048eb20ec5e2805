import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { publicApi } from "@/client/client";
import { asProblem } from "@/client/problem";
import { startSession } from "@/client/session";
import { useCountdown } from "@/shared/countdown";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";

interface Props {
  /** The challenge of the sign-in whose password was right. */
  challenge: string;
  /** Returns to the password. */
  onCancel: () => void;
}

/** The second step of a sign-in: a code of the authenticator app, or a recovery code. */
export function CodeForm({ challenge, onCancel }: Props) {
  const form = useForm({ mode: "uncontrolled", initialValues: { code: "" } });
  const finish = useMutation({
    mutationFn: async (values: { code: string }) =>
      (await publicApi.POST("/api/auth/second-factor", { body: { challenge, ...values } })).data,
    onSuccess: (session) => session && startSession(session),
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  const problem = finish.error ? asProblem(finish.error) : null;
  const wait = useCountdown(problem?.retryAfter ?? 0, finish.submittedAt);
  return (
    <form onSubmit={form.onSubmit((values) => finish.mutate(values))} noValidate>
      <Stack gap="md">
        <FormBanner problem={problem} fields={fieldsOf(form)} />
        <Text size="sm">Enter the code that your authenticator app shows, or a recovery code.</Text>
        <TextInput
          label="Code"
          autoComplete="one-time-code"
          required
          withAsterisk={false}
          data-autofocus
          key={form.key("code")}
          {...form.getInputProps("code")}
        />
        <Button type="submit" loading={finish.isPending} disabled={wait > 0} fullWidth>
          {wait > 0 ? `Try again in ${wait} s` : "Sign in"}
        </Button>
        <Button variant="subtle" onClick={onCancel} fullWidth>
          Back
        </Button>
      </Stack>
    </form>
  );
}
