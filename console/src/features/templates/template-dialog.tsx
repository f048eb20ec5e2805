import type { Template } from "@generated/api";
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useQuote } from "@/features/send/use-quote";
import { Confirm } from "@/shared/confirm";
import { FormBanner } from "@/shared/form";
import { MessageBox } from "@/shared/message-box/message-box";
import { Filled } from "./filled";
import { UsedBy } from "./used-by";

const NO_NUMBERS: string[] = [];

interface Props {
  /** The template to change, or null for a new one. */
  template: Template | null;
  onClose: () => void;
}

/** Write, change or delete a template. */
export function TemplateDialog({ template, onClose }: Props) {
  const [name, setName] = useState(template?.name ?? "");
  const [content, setContent] = useState(template?.content ?? "");
  const { quote, isStale } = useQuote(content, NO_NUMBERS);
  const save = useSave(template, onClose);
  const problem = save.error ? asProblem(save.error) : null;
  return (
    <Modal opened onClose={onClose} title={template ? template.name : "New template"} size="lg">
      <Stack gap="md">
        <FormBanner problem={problem} />
        <TextInput
          label="Name"
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={problem?.fields.name}
          maxLength={100}
        />
        <MessageBox
          label="Text"
          placeholder="Hi {{firstName}}, doors open at 7 pm."
          value={content}
          onChange={setContent}
          counting={quote}
          isStale={isStale}
          error={problem?.fields.content}
        />
        <Filled content={content} />
        <Group justify="space-between">
          {template ? <DeleteTemplate template={template} onDone={onClose} /> : <span />}
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              loading={save.isPending}
              disabled={name.trim() === "" || content.trim() === ""}
              onClick={() => save.mutate({ name, content })}
            >
              {template ? "Save" : "Create the template"}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}

function useSave(template: Template | null, onSaved: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: { name: string; content: string }) => {
      if (template) {
        await api.PATCH("/api/templates/{id}", { params: { path: { id: template.id } }, body });
        return;
      }
      await api.POST("/api/templates", { body, headers: intent.headers(body) });
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/templates"] });
      onSaved();
    },
  });
}

function DeleteTemplate({ template, onDone }: { template: Template; onDone: () => void }) {
  const [isOpen, dialog] = useDisclosure(false);
  const cache = useQueryClient();
  const remove = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/templates/{id}", { params: { path: { id: template.id } } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/templates"] });
      onDone();
    },
  });
  const inUse = remove.error !== null && asProblem(remove.error).code === "template_in_use";
  return (
    <>
      <Button variant="subtle" color="red" onClick={dialog.open}>
        Delete
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={dialog.close}
        title={`Delete the template “${template.name}”?`}
        deed="Delete the template"
        isDestructive
        isBusy={remove.isPending}
        problem={remove.error ? asProblem(remove.error) : null}
        onConfirm={() => remove.mutate()}
      >
        {inUse ? (
          <UsedBy templateId={template.id} />
        ) : (
          "Messages that were sent with it stay as they are."
        )}
      </Confirm>
    </>
  );
}
