import type { Contact } from "@generated/api";
import { Button, Drawer, Group, Modal, Stack, TagsInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { FormBanner, showFieldErrors } from "@/shared/form";
import { ButtonLink } from "@/shared/links";
import { formatPhone } from "@/shared/phone";
import { Consent } from "./consent";
import { LastTexts } from "./last-texts";
import { nameOf } from "./names";

interface Props {
  /** The contact to change, or null for a new one. */
  contact: Contact | null;
  onClose: () => void;
}

/** Add a contact in a dialog, or open one in a panel at the side. */
export function ContactDialog({ contact, onClose }: Props) {
  if (contact) return <ContactPanel contact={contact} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} title="Add a contact">
      <ContactForm contact={null} onClose={onClose} />
    </Modal>
  );
}

/** A contact: whether they may be texted, their details and their last texts. */
function ContactPanel({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const latest = queries.useQuery(
    "get",
    "/api/contacts/{id}",
    { params: { path: { id: contact.id } } },
    { placeholderData: contact },
  );
  const shown = latest.data ?? contact;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="md"
      title={<span dir="auto">{nameOf(shown) ?? formatPhone(shown.phone)}</span>}
    >
      <Stack gap="lg">
        <Consent contact={shown} />
        {shown.optStatus !== "opted_out" && (
          <div>
            <ButtonLink
              to="/send"
              search={{ contact: contact.id }}
              variant="default"
              size="compact-sm"
            >
              Send a text
            </ButtonLink>
          </div>
        )}
        <ContactForm contact={contact} onClose={onClose} />
        <LastTexts contactId={contact.id} />
      </Stack>
    </Drawer>
  );
}

/** The details of a contact. */
function ContactForm({ contact, onClose }: Props) {
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
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {contact ? "Save" : "Add the contact"}
          </Button>
        </Group>
      </Stack>
    </form>
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
