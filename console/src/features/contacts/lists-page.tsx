import type { ContactList, LastCampaign } from "@generated/api";
import { Button, Group, Menu, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueries, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { useDraft } from "@/shared/drafts";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { MenuLink, TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { formatCount, formatShare } from "@/shared/number";
import { RowMenu } from "@/shared/row-menu";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { useTimeZone } from "@/shared/use-organisation";
import { DeleteList } from "./delete-list";
import { RenameList } from "./rename-list";
import { filterWords } from "./words";

const PAGE = 100;
const NEW_MS = 30 * 24 * 3_600_000;
/** The API counts no more new contacts. */
const MOST_NEW = 10_000;

/** The contact lists, which are the recipients of campaigns. */
export function ListsPage() {
  const lists = queries.useInfiniteQuery(
    "get",
    "/api/contact-lists",
    { params: { query: { limit: PAGE } } },
    PAGES,
  );
  const rows = useMemo(() => lists.data?.pages.flatMap((page) => page.items), [lists.data]);
  const [isCreating, creating] = useDisclosure(false);
  const [deleted, setDeleted] = useState<ContactList | null>(null);
  const [renamed, setRenamed] = useState<ContactList | null>(null);
  const lastCampaigns = useLastCampaigns(rows);
  const timeZone = useTimeZone();
  const nameOfList = (id: string) => rows?.find((list) => list.id === id)?.name ?? "another list";
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
        filter === null
          ? "Chosen contacts"
          : `Segment: ${filterWords(filter, nameOfList, timeZone)}`,
    },
    { label: "Contacts", isNumber: true, cell: ({ memberCount }) => formatCount(memberCount) },
    { label: "New in 30 days", isNumber: true, cell: (list) => <NewContacts list={list} /> },
    { label: "Opted out", isNumber: true, cell: (list) => optedOutShare(list) },
    {
      label: "Last campaign",
      cell: ({ id }) => (
        <LastCampaignLink campaign={lastCampaigns?.get(id)} isKnown={lastCampaigns !== undefined} />
      ),
    },
    { label: "Created", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
    {
      label: "Actions",
      isAction: true,
      cell: (list) => (
        <RowMenu of={list.name}>
          <MenuLink to="/campaigns/new" search={{ step: "text", list: list.id }}>
            Send a campaign
          </MenuLink>
          <Menu.Item onClick={() => setRenamed(list)}>Rename</Menu.Item>
          {list.filter && (
            <MenuLink to="/contacts" search={{ segment: list.id }}>
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
      description="A segment is a list whose members are found by filters. To make one, filter your contacts and save the filters."
      actions={create}
    >
      <Table
        caption="Lists"
        columns={columns}
        rows={rows}
        keyOf={(list) => list.id}
        problem={lists.error ? asProblem(lists.error) : null}
        onRetry={() => void lists.refetch()}
        empty={
          <Empty action={create}>
            A list groups the contacts who get a campaign. An import can fill one.
          </Empty>
        }
      />
      <ListFooter query={lists} />
      {isCreating && <CreateList onClose={creating.close} />}
      {renamed && <RenameList list={renamed} onClose={() => setRenamed(null)} />}
      {deleted && <DeleteList list={deleted} onClose={() => setDeleted(null)} />}
    </Screen>
  );
}

/** How many contacts a list has got lately, as a link to them. */
function NewContacts({ list: { id, newCount } }: { list: ContactList }) {
  const from = useMemo(() => new Date(Date.now() - NEW_MS).toISOString(), []);
  if (newCount === null) return "–";
  if (newCount === 0) return "0";
  return (
    <TextLink to="/contacts" search={{ listId: id, from }} size="sm">
      +{formatCount(newCount)}
      {newCount === MOST_NEW && " or more"}
    </TextLink>
  );
}

/** The campaign that was started last for a list, and when. */
function LastCampaignLink({ campaign, isKnown }: LastCampaignProps) {
  if (!campaign) return isKnown ? "None yet" : "–";
  return (
    <>
      <TextLink
        to="/campaigns/$campaignId"
        params={{ campaignId: campaign.campaignId }}
        size="sm"
        dir="auto"
      >
        {campaign.name}
      </TextLink>
      <Text size="xs" c="dimmed">
        <RelativeTime at={campaign.startedAt} />
      </Text>
    </>
  );
}

interface LastCampaignProps {
  campaign: LastCampaign | undefined;
  /** Whether the campaigns of the lists are known. */
  isKnown: boolean;
}

/** Return the last campaign of each list, by the list's id, in one request for all of them. */
function useLastCampaigns(lists: ContactList[] | undefined) {
  const ids = lists?.map(({ id }) => id) ?? [];
  const pages = Array.from({ length: Math.ceil(ids.length / PAGE) }, (_, page) =>
    ids.slice(page * PAGE, (page + 1) * PAGE),
  );
  return useQueries({
    queries: pages.map((listIds) =>
      queries.queryOptions("get", "/api/campaigns/last-by-list", {
        params: { query: { listIds } },
      }),
    ),
    combine: (found) => {
      const known = found.flatMap(({ data }) => data?.items ?? []);
      const isKnown = found.every(({ data }) => data !== undefined);
      return isKnown ? new Map(known.map((campaign) => [campaign.listId, campaign])) : undefined;
    },
  });
}

/** Return how many of a list's contacts have opted out, or a dash while that is not counted. */
function optedOutShare({ memberCount, optedOutCount }: ContactList): string {
  if (optedOutCount === null) return "–";
  if (memberCount === 0 || optedOutCount === 0) return formatCount(optedOutCount);
  return `${formatCount(optedOutCount)} (${formatShare(optedOutCount / memberCount)})`;
}

function CreateList({ onClose }: { onClose: () => void }) {
  const [typed, keep, forget] = useDraft<{ name: string } | null>("list:new", null);
  const form = useForm({
    mode: "uncontrolled",
    initialValues: typed ?? { name: "" },
    onValuesChange: keep,
  });
  const intent = useIntent();
  const cache = useQueryClient();
  const create = useMutation({
    mutationFn: async (body: { name: string }) =>
      api.POST("/api/contact-lists", { body, headers: intent.headers(body) }),
    onSuccess: () => {
      intent.done();
      forget();
      void cache.invalidateQueries({ queryKey: ["get", "/api/contact-lists"] });
      onClose();
    },
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  return (
    <Modal opened onClose={onClose} title="New list">
      <form noValidate onSubmit={form.onSubmit((values) => create.mutate(values))}>
        <Stack gap="md">
          <FormBanner
            problem={create.error ? asProblem(create.error) : null}
            fields={fieldsOf(form)}
          />
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
