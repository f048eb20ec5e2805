import type { BulkActionInput, BulkChange } from "@generated/api";
import { Button, Group, Modal, Select, Stack, TagsInput, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { Failing, LoadingRows } from "@/shared/states";
import type { ContactSearch } from "./search";
import { BULK } from "./words";

interface Props {
  action: BulkActionInput;
  filter: ContactSearch;
  onStarted: (change: BulkChange) => void;
  onClose: () => void;
}

interface Choice {
  tags?: string[];
  listId?: string;
}

/** Change all contacts that match, after counting them exactly. The focus starts on Cancel. */
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
      title={count === undefined ? words.label : `${words.deed(count)}?`}
    >
      <Stack gap="md">
        {count === undefined ? (
          counting.error ? (
            <Failing problem={asProblem(counting.error)} onRetry={() => void counting.refetch()} />
          ) : (
            <LoadingRows rows={2} />
          )
        ) : (
          <Text size="sm">
            {words.effect} It goes on if you leave this page, and can be cancelled for contacts that
            it has not reached.
          </Text>
        )}
        <FormBanner problem={start.error ? asProblem(start.error) : null} />
        <What action={action} choice={choice} onChange={setChoice} />
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
            {count === undefined ? words.label : words.deed(count)}
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

function isComplete(action: BulkActionInput, { tags = [], listId }: Choice): boolean {
  if (action.endsWith("_tags")) return tags.length > 0;
  if (action.endsWith("_list")) return listId !== undefined;
  return true;
}

interface WhatProps {
  action: BulkActionInput;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** The tags or the list of a change that has them. */
function What({ action, choice, onChange }: WhatProps) {
  const tags = queries.useQuery("get", "/api/tags");
  const lists = queries.useQuery("get", "/api/contact-lists");
  if (action.endsWith("_tags")) {
    return (
      <TagsInput
        label="Tags"
        description="Press Enter after each tag."
        data={(tags.data?.items ?? []).map(({ name }) => name)}
        value={choice.tags ?? []}
        onChange={(chosen) => onChange({ tags: chosen })}
      />
    );
  }
  if (!action.endsWith("_list")) return null;
  const own = (lists.data?.items ?? []).filter((list) => list.filter === null);
  return (
    <Select
      label="List"
      placeholder={lists.data && own.length === 0 ? "There is no list yet" : "Choose a list"}
      data={own.map(({ id, name }) => ({ value: id, label: name }))}
      value={choice.listId ?? null}
      onChange={(listId) => onChange({ listId: listId ?? undefined })}
      searchable
    />
  );
}
