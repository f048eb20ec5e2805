import type { Contact, Template } from "@generated/api";
import { Button, Popover, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { keepPreviousData, useMutation } from "@tanstack/react-query";
import { FileText } from "lucide-react";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import styles from "./inbox.module.css";

const AFTER_LAST_KEY_MS = 250;

interface Props {
  contact: Contact | undefined;
  onInsert: (text: string) => void;
}

/** Choose a template, and insert its text filled with the details of the person. */
export function TemplateMenu({ contact, onInsert }: Props) {
  const [isOpen, popover] = useDisclosure(false);
  return (
    <Popover opened={isOpen} onChange={popover.toggle} position="top-start" width={320} trapFocus>
      <Popover.Target>
        <Button
          variant="default"
          aria-label="Insert a template"
          leftSection={<FileText size={16} aria-hidden />}
          onClick={popover.toggle}
        >
          Template
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Templates">
        {isOpen && (
          <Choice
            contact={contact}
            onInsert={(text) => {
              onInsert(text);
              popover.close();
            }}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function Choice({ contact, onInsert }: Props) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), AFTER_LAST_KEY_MS);
  const templates = queries.useQuery(
    "get",
    "/api/templates",
    { params: { query: { search: search || undefined, limit: 20 } } },
    { placeholderData: keepPreviousData },
  );
  const fill = useMutation({
    mutationFn: async (template: Template) => {
      const body = { content: template.content, sampleData: detailsOf(contact) };
      return (await api.POST("/api/templates/preview", { body })).data?.preview;
    },
    onSuccess: (text) => text !== undefined && onInsert(text),
  });
  const problem = templates.error ?? fill.error;
  return (
    <Stack gap="xs">
      <TextInput
        aria-label="Search templates"
        placeholder="Search templates"
        data-autofocus
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {problem && (
        <Text size="sm" role="alert">
          {asProblem(problem).message}
        </Text>
      )}
      <ul className={`${styles.plain} ${styles.templates}`}>
        {templates.data?.items.map((template) => (
          <li key={template.id}>
            <UnstyledButton className={styles.template} onClick={() => fill.mutate(template)}>
              <Text size="sm" fw={500}>
                {template.name}
              </Text>
              <Text size="xs" c="dimmed" lineClamp={2} dir="auto">
                {template.content}
              </Text>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {templates.data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {search ? "No template matches." : "There is no template yet."}
        </Text>
      )}
    </Stack>
  );
}

/**
 * Return the contact's values for placeholders. Other placeholders stay in the text, to be filled
 * in by hand.
 */
function detailsOf(contact: Contact | undefined): Record<string, string> {
  const { firstName, lastName, email, phone } = contact ?? {};
  const values = { firstName, lastName, email, phone };
  const known = Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return Object.fromEntries(known);
}
