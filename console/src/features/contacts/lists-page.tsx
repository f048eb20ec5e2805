import type { ContactList } from "@generated/api";
import { Button, Group, Menu, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { FormBanner, showFieldErrors } from "@/shared/form";
import { MenuLink, TextLink } from "@/shared/links";
import { counted, formatCount, formatShare } from "@/shared/number";
import { RowMenu } from "@/shared/row-menu";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { RenameList } from "./rename-list";
import { filterWords, searchOfFilter } from "./words";

/** The contact lists, which are the recipients of campaigns. */
export function ListsPage() {
  const lists = queries.useQuery("get", "/api/contact-lists");
  const [isCreating, creating] = useDisclosure(false);
  const [deleted, setDeleted] = useState<ContactList | null>(null);
  const [renamed, setRenamed] = useState<ContactList | null>(null);
  const nameOfList = (id: string) =>
    lists.data?.items.find((list) => list.id === id)?.name ?? "another list";
  const columns: Column<ContactList>[] = [
    {
      label: "List",
      isTitle: true,
      cell: ({ id, name }) => (
        <TextLink to="/contacts" search={{ listId: id }} dir="auto">
          {name}
        </TextLink>
      ),
    },
    {
      label: "Who is on it",
      cell: ({ filter }) =>
        filter === null ? "Chosen contacts" : `Segment: ${filterWords(filter, nameOfList)}`,
    },
    { label: "Contacts", isNumber: true, cell: ({ memberCount }) => formatCount(memberCount) },
    { label: "Opted out", isNumber: true, cell: (list) => optedOutShare(list) },
    { label: "Created", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
    {
      label: "Actions",
      isAction: true,
      cell: (list) => (
        <RowMenu of={list.name}>
          <Menu.Item onClick={() => setRenamed(list)}>Rename</Menu.Item>
          {list.filter && (
            <MenuLink to="/contacts" search={{ ...searchOfFilter(list.filter), segment: list.id }}>
              Change the filters
            </MenuLink>
          )}
          <Menu.Item c="var(--mantine-color-error)" onClick={() => setDeleted(list)}>
            Delete
          </Menu.Item>
        </RowMenu>
      ),
    },
  ];
  const create = <Button onClick={creating.open}>New list</Button>;
  return (
    <Screen
      title="Lists"
      description="A segment is a list whose members are found by filters. Save one from the filters of your contacts."
      actions={create}
    >
      <Table
        caption="Lists"
        columns={columns}
        rows={lists.data?.items}
        keyOf={(list) => list.id}
        problem={lists.error ? asProblem(lists.error) : null}
        onRetry={() => void lists.refetch()}
        empty={
          <Empty action={create}>
            A list groups the contacts who get a campaign. An import can fill one.
          </Empty>
        }
      />
      {isCreating && <CreateList onClose={creating.close} />}
      {renamed && <RenameList list={renamed} onClose={() => setRenamed(null)} />}
      {deleted && <DeleteList list={deleted} onClose={() => setDeleted(null)} />}
    </Screen>
  );
}

/** Return how many of a list's contacts have opted out, or a dash while that is not counted. */
function optedOutShare({ memberCount, optedOutCount }: ContactList): string {
  if (optedOutCount === null) return "–";
  if (memberCount === 0 || optedOutCount === 0) return formatCount(optedOutCount);
  return `${formatCount(optedOutCount)} (${formatShare(optedOutCount / memberCount)})`;
}

function CreateList({ onClose }: { onClose: () => void }) {
  const form = useForm({ mode: "uncontrolled", initialValues: { name: "" } });
  const intent = useIntent();
  const cache = useQueryClient();
  const create = useMutation({
    mutationFn: async (body: { name: string }) =>
      api.POST("/api/contact-lists", { body, headers: intent.headers(body) }),
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/contact-lists"] });
      onClose();
    },
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  return (
    <Modal opened onClose={onClose} title="New list">
      <form noValidate onSubmit={form.onSubmit((values) => create.mutate(values))}>
        <Stack gap="md">
          <FormBanner problem={create.error ? asProblem(create.error) : null} />
          <TextInput
            label="Name"
            data-autofocus
            key={form.key("name")}
            {...form.getInputProps("name")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create the list
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function DeleteList({ list, onClose }: { list: ContactList; onClose: () => void }) {
  const cache = useQueryClient();
  const remove = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/contact-lists/{id}", { params: { path: { id: list.id } } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/contact-lists"] });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Delete the list “${list.name}”?`}
      deed="Delete the list"
      isDestructive
      isBusy={remove.isPending}
      problem={remove.error ? asProblem(remove.error) : null}
      onConfirm={() => remove.mutate()}
    >
      Its {counted(list.memberCount, "contact")} and their messages stay.
    </Confirm>
  );
}
