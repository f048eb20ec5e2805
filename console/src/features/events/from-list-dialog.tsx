import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { counted } from "@/shared/number";
import { useContactLists } from "@/shared/use-contact-lists";
import { useStaleEvents } from "./queries";

interface Props {
  eventId: string;
  onClose: () => void;
}

/** Add everybody on a contact list as attendees. */
export function FromListDialog({ eventId, onClose }: Props) {
  const [listId, setListId] = useState<string | null>(null);
  const lists = useContactLists();
  const add = useAdd(eventId);
  const problem = add.error ?? lists.error;
  return (
    <Modal opened onClose={onClose} title="Add everybody on a contact list">
      <Stack gap="md">
        <FormBanner problem={problem ? asProblem(problem) : null} />
        {add.data ? (
          <Text size="sm" role="status">
            {counted(add.data.created, "attendee")} added.{" "}
            {counted(add.data.skipped, "person", "people")} were invited already.
          </Text>
        ) : (
          <Select
            label="List"
            placeholder="Choose a list"
            searchable
            data={(lists.data?.items ?? []).map(({ id, name, memberCount }) => ({
              value: id,
              label: `${name} (${counted(memberCount, "contact")})`,
            }))}
            value={listId}
            onChange={setListId}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {add.data ? "Close" : "Cancel"}
          </Button>
          {!add.data && (
            <Button
              loading={add.isPending}
              disabled={listId === null}
              onClick={() => listId && add.mutate(listId)}
            >
              Add them
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function useAdd(eventId: string) {
  const intent = useIntent();
  const refresh = useStaleEvents();
  return useMutation({
    mutationFn: async (listId: string) => {
      const params = { path: { eventId } };
      const body = { listId };
      const headers = intent.headers(body);
      const route = "/api/events/{eventId}/attendees/from-list";
      return (await api.POST(route, { params, body, headers })).data;
    },
    onSuccess: () => {
      intent.done();
      refresh();
    },
  });
}
