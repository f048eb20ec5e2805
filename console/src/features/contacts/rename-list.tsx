import type { ContactList } from "@generated/api";
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner, showFieldErrors } from "@/shared/form";

interface Props {
  list: ContactList;
  onClose: () => void;
}

/** Give a list or a segment another name. */
export function RenameList({ list, onClose }: Props) {
  const form = useForm({ mode: "uncontrolled", initialValues: { name: list.name } });
  const [further, setFurther] = useState<string[]>([]);
  const cache = useQueryClient();
  const rename = useMutation({
    mutationFn: async (body: { name: string }) =>
      api.PATCH("/api/contact-lists/{id}", { params: { path: { id: list.id } }, body }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/contact-lists"] });
      onClose();
    },
    onError: (error) => setFurther(showFieldErrors(form, asProblem(error))),
  });
  return (
    <Modal opened onClose={onClose} title={`Rename ${list.name}`}>
      <form noValidate onSubmit={form.onSubmit((values) => rename.mutate(values))}>
        <Stack gap="md">
          <FormBanner problem={rename.error ? asProblem(rename.error) : null} further={further} />
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
            <Button type="submit" loading={rename.isPending}>
              Rename
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
