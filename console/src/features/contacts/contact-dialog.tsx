import type { Contact } from "@generated/api";
import { Button, Drawer, Group, Modal, Stack, TagsInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { conflictOf, useBase } from "@/client/use-base";
import { ChangedMeanwhile } from "@/shared/changed-meanwhile";
import { useDraft } from "@/shared/drafts";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { KeptWords } from "@/shared/kept-words";
import { ButtonLink } from "@/shared/links";
import { nameOf } from "@/shared/names";
import { formatPhone } from "@/shared/phone";
import { Consent } from "./consent";
import { LastTexts } from "./last-texts";
import { OptHistory } from "./opt-history";
import { LABELS, NOBODY, shownOf, useSave, type Values } from "./use-save";

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
        <OptHistory contact={shown} />
      </Stack>
    </Drawer>
  );
}

/** The details of a contact. Those of a new one are kept until it is added. */
function ContactForm({ contact, onClose }: Props) {
  const edited = useBase(contact && shownOf(contact));
  const [typed, keep, forget] = useDraft<Values | null>("contact:new", null);
  const form = useForm({
    mode: "uncontrolled",
    initialValues: edited.base?.values ?? typed ?? NOBODY,
    onValuesChange: contact ? undefined : keep,
  });
  const save = useSave(contact, () => {
    if (contact === null) forget();
    onClose();
  });
  const conflict = conflictOf<Values>(save.error);
  const submit = (values: Values, base = edited.base) =>
    save.mutate({ values, base }, { onError: (error) => showFieldErrors(form, asProblem(error)) });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => submit(values))}>
      <Stack gap="md">
        {conflict && edited.base ? (
          <ChangedMeanwhile
            labels={LABELS}
            base={edited.base}
            mine={form.getValues()}
            conflict={conflict}
            isBusy={save.isPending}
            onKeepMine={() => submit(form.getValues(), edited.over(conflict))}
            onTakeTheirs={() => {
              edited.take(conflict);
              form.setValues(conflict.latest.values);
              save.reset();
            }}
          />
        ) : (
          <FormBanner problem={save.error ? asProblem(save.error) : null} fields={fieldsOf(form)} />
        )}
        <KeptWords
          isKept={contact === null && typed !== null}
          onStartOver={() => {
            form.setValues(NOBODY);
            forget();
          }}
        />
        <TextInput
          label={LABELS.phone}
          type="tel"
          data-autofocus={contact === null}
          key={form.key("phone")}
          {...form.getInputProps("phone")}
        />
        <Group grow align="flex-start">
          <TextInput
            label={LABELS.firstName}
            key={form.key("firstName")}
            {...form.getInputProps("firstName")}
          />
          <TextInput
            label={LABELS.lastName}
            key={form.key("lastName")}
            {...form.getInputProps("lastName")}
          />
        </Group>
        <TextInput
          label={LABELS.email}
          type="email"
          key={form.key("email")}
          {...form.getInputProps("email")}
        />
        <TagsInput
          label={LABELS.tags}
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
