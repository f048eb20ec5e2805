import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";

/** Asks for the number of the person to erase. */
export function EraseDialog({ onClose }: { onClose: () => void }) {
  const cache = useQueryClient();
  const intent = useIntent();
  const form = useForm({
    initialValues: { phone: "", isSure: false },
    validate: {
      phone: (value) => (value.trim() ? null : "Enter the person's phone number."),
      isSure: (value) => (value ? null : "Confirm that you want to erase the person."),
    },
  });
  const erase = useMutation({
    mutationFn: async (phone: string) =>
      api.POST("/api/erasures", { body: { phone }, headers: intent.headers(phone) }),
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/erasures"] });
      onClose();
    },
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  const eraseOnce = useSingle(erase);
  return (
    <Modal opened onClose={onClose} title="Erase a person">
      <form noValidate onSubmit={form.onSubmit(({ phone }) => eraseOnce(phone.trim()))}>
        <Stack gap="md">
          <Text size="sm">
            The contact, the conversation, the texts and everything else about this person are
            removed. Figures, prices and the ledger stay. The number stays opted out, so that nobody
            texts it again.
          </Text>
          <FormBanner
            problem={erase.error ? asProblem(erase.error) : null}
            fields={fieldsOf(form)}
          />
          <TextInput
            label="Phone number"
            description="With its country code, such as +15551234567."
            type="tel"
            autoComplete="off"
            data-autofocus
            {...form.getInputProps("phone")}
          />
          <Checkbox
            label="I understand that this can't be undone"
            {...form.getInputProps("isSure", { type: "checkbox" })}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" color="red" loading={erase.isPending}>
              Erase the person
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
