import type { ApiKeyScopeInput } from "@generated/api";
import { Button, Checkbox, Group, Modal, Radio, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { isTestMode } from "@/client/mode";
import { asProblem } from "@/client/problem";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { SecretDialog } from "@/shared/secret-dialog";

const SCOPES: readonly { value: ApiKeyScopeInput; label: string; allows: string }[] = [
  { value: "read", label: "Read", allows: "Messages, contacts, campaigns, balances and quotes." },
  { value: "write", label: "Write", allows: "Contacts, lists, drafts, templates and events." },
  { value: "send", label: "Send", allows: "Texts and campaigns. It spends money." },
  { value: "admin", label: "Admin", allows: "Limits, numbers, registration and settings." },
];

const MODES = {
  live: "Its texts are sent and charged.",
  test: "Nothing is sent and nothing is charged. It begins with sk_test_.",
};

interface Values {
  name: string;
  mode: "live" | "test";
  scopes: ApiKeyScopeInput[];
}

/** Create a key and show it once. */
export function CreateKey({ onClose }: { onClose: () => void }) {
  const form = useForm<Values>({
    initialValues: { name: "", mode: isTestMode ? "test" : "live", scopes: ["read"] },
  });
  const cache = useQueryClient();
  // The API does not store the answer, because it contains the key, so another press makes another
  // key.
  const create = useMutation({
    mutationFn: async (body: Values) => (await api.POST("/api/api-keys", { body })).data,
    onSuccess: () => cache.invalidateQueries({ queryKey: ["get", "/api/api-keys"] }),
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  if (create.data) {
    return (
      <SecretDialog title="Your new API key" secret={create.data.key} onClose={onClose}>
        This is the only time that you see it. Store it where your secrets are.
      </SecretDialog>
    );
  }
  return (
    <Modal opened onClose={onClose} title="New API key">
      <form noValidate onSubmit={form.onSubmit((values) => create.mutate(values))}>
        <Stack gap="md">
          <FormBanner
            problem={create.error ? asProblem(create.error) : null}
            fields={fieldsOf(form)}
          />
          <TextInput label="Name" data-autofocus {...form.getInputProps("name")} />
          <Radio.Group label="Mode" {...form.getInputProps("mode")}>
            <Stack gap="xs" mt="xs">
              <Radio value="live" label="Live" description={MODES.live} />
              <Radio value="test" label="Test" description={MODES.test} />
            </Stack>
          </Radio.Group>
          <Checkbox.Group label="Allows" {...form.getInputProps("scopes")}>
            <Stack gap="xs" mt="xs">
              {SCOPES.map(({ value, label, allows }) => (
                <Checkbox key={value} value={value} label={label} description={allows} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create the key
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
