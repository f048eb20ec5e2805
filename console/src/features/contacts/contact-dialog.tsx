import type { Contact } from "@generated/api";
import { Button, Group, Modal, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { FormBanner, showFieldErrors } from "@/shared/form";
import { nameOf } from "./names";

interface Props {
  /** The contact to change, or null for a new one. */
  contact: Contact | null;
  onClose: () => void;
}

/** Add a contact, or change, opt out or delete one. */
export function ContactDialog({ contact, onClose }: Props) {
  const form = useForm({
    mode: "uncontrolled",
    initialValues: {
      phone: contact?.phone ?? "",
      firstName: contact?.firstName ?? "",
      lastName: contact?.lastName ?? "",
      email: contact?.email ?? "",
      tags: contact?.tags ?? [],
    },
  });
  const [further, setFurther] = useState<string[]>([]);
  const save = useSave(contact, onClose);
  return (
    <Modal
      opened
      onClose={onClose}
      title={contact ? (nameOf(contact) ?? contact.phone) : "Add a contact"}
    >
      <form
        noValidate
        onSubmit={form.onSubmit((values) =>
          save.mutate(values, {
            onError: (error) => setFurther(showFieldErrors(form, asProblem(error))),
          }),
        )}
      >
        <Stack gap="md">
          <FormBanner problem={save.error ? asProblem(save.error) : null} further={further} />
          <TextInput
            label="Phone number"
            type="tel"
            data-autofocus={contact === null}
            key={form.key("phone")}
            {...form.getInputProps("phone")}
          />
          <Group grow align="flex-start">
            <TextInput
              label="First name"
              key={form.key("firstName")}
              {...form.getInputProps("firstName")}
            />
            <TextInput
              label="Last name"
              key={form.key("lastName")}
              {...form.getInputProps("lastName")}
            />
          </Group>
          <TextInput
            label="Email address"
            type="email"
            key={form.key("email")}
            {...form.getInputProps("email")}
          />
          <TagsInput
            label="Tags"
            description="Press Enter after each tag."
            key={form.key("tags")}
            {...form.getInputProps("tags")}
          />
          <Group justify="space-between">
            {contact ? <OptOut contact={contact} onDone={onClose} /> : <span />}
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={save.isPending}>
                {contact ? "Save" : "Add the contact"}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface Values {
  phone: string;
  firstName: string;
  lastName: string;
  email: string;
  tags: string[];
}

function useSave(contact: Contact | null, onSaved: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (values: Values) => {
      if (contact) {
        const params = { path: { id: contact.id } };
        await api.PATCH("/api/contacts/{id}", { params, body: values });
        return;
      }
      const body = withoutEmpty(values);
      await api.POST("/api/contacts", { body, headers: intent.headers(body) });
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/contacts"] });
      onSaved();
    },
  });
}

/** Return the values of a new contact without the fields that were left empty. */
function withoutEmpty({ phone, tags, ...optional }: Values) {
  const given = Object.entries(optional).filter(([, value]) => value.trim() !== "");
  return { phone, tags, ...Object.fromEntries(given) };
}

function OptOut({ contact, onDone }: { contact: Contact; onDone: () => void }) {
  const [isOpen, dialog] = useDisclosure(false);
  const intent = useIntent();
  const cache = useQueryClient();
  const optOut = useMutation({
    mutationFn: async () => {
      const params = { path: { id: contact.id } };
      const headers = intent.headers(contact.id);
      await api.POST("/api/contacts/{id}/opt-out", { params, headers });
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/contacts"] });
      notifications.show({ message: "The contact gets no more texts." });
      onDone();
    },
  });
  if (contact.optStatus === "opted_out") {
    return (
      <Text size="sm" c="dimmed">
        Opted out
      </Text>
    );
  }
  return (
    <>
      <Button variant="subtle" color="red" onClick={dialog.open}>
        Opt out
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={dialog.close}
        title={`Opt out ${nameOf(contact) ?? contact.phone}?`}
        deed="Opt out"
        isDestructive
        isBusy={optOut.isPending}
        problem={optOut.error ? asProblem(optOut.error) : null}
        onConfirm={() => optOut.mutate()}
      >
        This person gets no more texts from your organisation, until they text START.
      </Confirm>
    </>
  );
}
