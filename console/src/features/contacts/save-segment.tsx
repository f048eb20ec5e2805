import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import type { ContactSearch } from "./search";

const LISTS = ["get", "/api/contact-lists"];

interface SaveProps {
  filter: ContactSearch;
  onClose: () => void;
}

/** Save a filter as a segment, whose members are always the contacts that match. */
export function SaveSegment({ filter, onClose }: SaveProps) {
  const form = useForm({ mode: "uncontrolled", initialValues: { name: "" } });
  const intent = useIntent();
  const cache = useQueryClient();
  const save = useMutation({
    mutationFn: async ({ name }: { name: string }) => {
      const body = { name, filter };
      await api.POST("/api/contact-lists", { body, headers: intent.headers(body) });
    },
    onSuccess: (_, { name }) => {
      intent.done();
      void cache.invalidateQueries({ queryKey: LISTS });
      notifications.show({ message: `The segment “${name}” is saved. You find it under Lists.` });
      onClose();
    },
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  const saveOnce = useSingle(save);
  return (
    <Modal opened onClose={onClose} title="Save as a segment">
      <form noValidate onSubmit={form.onSubmit((values) => saveOnce(values))}>
        <Stack gap="md">
          <FormBanner problem={save.error ? asProblem(save.error) : null} fields={fieldsOf(form)} />
          <Text size="sm">
            A segment has no fixed members: it is everybody who matches these filters at the time.
            It can be the audience of a campaign.
          </Text>
          <TextInput
            label="Name"
            maxLength={100}
            data-autofocus
            key={form.key("name")}
            {...form.getInputProps("name")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save the segment
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
