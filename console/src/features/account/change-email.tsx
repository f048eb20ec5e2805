import type { EmailChange } from "@generated/api";
import { Alert, Button, Group, List, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Mail } from "lucide-react";
import { api, queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useUser } from "@/client/use-session";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { Loaded } from "@/shared/loaded";
import { RelativeTime } from "@/shared/time";
import { CurrentPassword } from "./password-field";

const OPEN = "/api/me/email-change";

/** Change the email address. It changes once both addresses have confirmed it. */
export function ChangeEmail() {
  const user = useUser();
  const open = queries.useQuery("get", OPEN);
  return (
    <Stack gap="xs" maw={560}>
      <Title order={2}>Email address</Title>
      <Text size="sm">You sign in with {user.email}.</Text>
      <Loaded query={open} rows={2}>
        {({ change }) =>
          change ? <OpenChange change={change} current={user.email} /> : <RequestChange />
        }
      </Loaded>
    </Stack>
  );
}

function RequestChange() {
  const form = useForm({ mode: "uncontrolled", initialValues: { newEmail: "", password: "" } });
  const cache = useQueryClient();
  const request = useMutation({
    mutationFn: async (body: { newEmail: string; password: string }) => api.POST(OPEN, { body }),
    onSuccess: () => void cache.invalidateQueries({ queryKey: ["get", OPEN] }),
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => request.mutate(values))}>
      <Stack gap="md" maw={400}>
        <FormBanner
          problem={request.error ? asProblem(request.error) : null}
          fields={fieldsOf(form)}
        />
        <TextInput
          label="New email address"
          type="email"
          autoComplete="email"
          key={form.key("newEmail")}
          {...form.getInputProps("newEmail")}
        />
        <CurrentPassword key={form.key("password")} {...form.getInputProps("password")} />
        <div>
          <Button type="submit" variant="default" loading={request.isPending}>
            Change the email address
          </Button>
        </div>
      </Stack>
    </form>
  );
}

function OpenChange({ change, current }: { change: EmailChange; current: string }) {
  const cache = useQueryClient();
  const cancel = useMutation({
    mutationFn: async () => api.DELETE(OPEN),
    onSuccess: () => void cache.invalidateQueries({ queryKey: ["get", OPEN] }),
  });
  const { newEmail, isConfirmedByCurrent, isConfirmedByNew, expiresAt } = change;
  return (
    <Stack gap="sm" align="flex-start">
      <FormBanner problem={cancel.error ? asProblem(cancel.error) : null} />
      <Alert color="blue" icon={<Mail aria-hidden />} title={`Changing to ${newEmail}`}>
        <Stack gap="xs">
          <Text size="sm">
            Open the link in the mail to each of the two addresses. The links work until{" "}
            <RelativeTime at={expiresAt} />.
          </Text>
          <List size="sm">
            <List.Item>
              {current}:{" "}
              {isConfirmedByCurrent ? "no further confirmation needed" : "not confirmed yet"}
            </List.Item>
            <List.Item>
              {newEmail}: {isConfirmedByNew ? "confirmed" : "not confirmed yet"}
            </List.Item>
          </List>
        </Stack>
      </Alert>
      <Group gap="xs">
        <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel the change
        </Button>
      </Group>
    </Stack>
  );
}
