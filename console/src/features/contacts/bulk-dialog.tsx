import type { BulkActionInput, BulkChange } from "@generated/api";
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { Loaded } from "@/shared/loaded";
import { type Choice, ChooseTagsOrList, isComplete } from "./bulk-choice";
import type { ContactSearch } from "./search";
import { BULK } from "./words";

interface Props {
  action: BulkActionInput;
  filter: ContactSearch;
  onStarted: (change: BulkChange) => void;
  onClose: () => void;
}

/**
 * A dialog that changes all matching contacts, after counting them exactly. At first Cancel has the
 * focus.
 */
export function BulkDialog({ action, filter, onStarted, onClose }: Props) {
  const [choice, setChoice] = useState<Choice>({});
  const words = BULK[action];
  const counting = queries.useQuery(
    "get",
    "/api/contacts/count",
    { params: { query: filter } },
    { staleTime: 0 },
  );
  const start = useStart(onStarted);
  const startOnce = useSingle(start);
  const count = counting.data?.count;
  return (
    <Modal
      opened
      onClose={onClose}
      title={count === undefined ? words.label : `${words.confirmLabel(count)}?`}
    >
      <Stack gap="md">
        <Loaded query={counting} rows={2}>
          {() => (
            <Text size="sm">
              {words.effect} The change goes on if you leave this page. You can stop it for contacts
              that it has not reached yet.
            </Text>
          )}
        </Loaded>
        <FormBanner problem={start.error ? asProblem(start.error) : null} />
        <ChooseTagsOrList action={action} choice={choice} onChange={setChoice} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            color={words.isDestructive ? "red" : undefined}
            loading={start.isPending}
            disabled={!count || !isComplete(action, choice)}
            onClick={() => startOnce({ action, filter, expectedCount: count ?? 0, ...choice })}
          >
            {count === undefined ? words.label : words.confirmLabel(count)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface Order extends Choice {
  action: BulkActionInput;
  filter: ContactSearch;
  expectedCount: number;
}

function useStart(onStarted: (change: BulkChange) => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: Order) => {
      const headers = intent.headers(body);
      return (await api.POST("/api/contacts/bulk-changes", { body, headers })).data;
    },
    onSuccess: (change) => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/contacts/bulk-changes"] });
      if (change) onStarted(change);
    },
  });
}
