import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { counted } from "@/shared/number";
import { type Choice, ChooseTagsOrList, isComplete } from "./bulk-choice";
import { BULK, type ListAction } from "./words";

interface Props {
  action: ListAction;
  ids: string[];
  onDone: () => void;
  onClose: () => void;
}

/** Change the tags or the lists of the chosen contacts. */
export function ChosenDialog({ action, ids, onDone, onClose }: Props) {
  const [choice, setChoice] = useState<Choice>({});
  const intent = useIntent();
  const cache = useQueryClient();
  const change = useMutation({
    mutationFn: async (wanted: Choice) => send(action, ids, wanted, intent.headers([ids, wanted])),
    onSuccess: () => {
      intent.done();
      for (const path of ["/api/contacts", "/api/contact-lists", "/api/tags"]) {
        void cache.invalidateQueries({ queryKey: ["get", path] });
      }
      notifications.show({ message: `${counted(ids.length, "contact")} changed.` });
      onDone();
    },
  });
  const changeOnce = useSingle(change);
  const { confirmLabel, effect } = BULK[action];
  return (
    <Modal opened onClose={onClose} title={`${confirmLabel(ids.length)}?`}>
      <Stack gap="md">
        <Text size="sm">{effect}</Text>
        <FormBanner problem={change.error ? asProblem(change.error) : null} />
        <ChooseTagsOrList action={action} choice={choice} onChange={setChoice} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            loading={change.isPending}
            disabled={!isComplete(action, choice)}
            onClick={() => changeOnce(choice)}
          >
            {confirmLabel(ids.length)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

type Headers = { "Idempotency-Key": string };

async function send(action: ListAction, contactIds: string[], choice: Choice, headers: Headers) {
  const { tags = [], listId = "" } = choice;
  const params = { path: { id: listId } };
  const body = { contactIds };
  switch (action) {
    case "add_tags":
      return api.POST("/api/contacts/tags", { body: { contactIds, add: tags }, headers });
    case "remove_tags":
      return api.POST("/api/contacts/tags", { body: { contactIds, remove: tags }, headers });
    case "add_to_list":
      return api.POST("/api/contact-lists/{id}/members", { params, body, headers });
    case "remove_from_list":
      return api.POST("/api/contact-lists/{id}/members/remove", { params, body, headers });
  }
}
