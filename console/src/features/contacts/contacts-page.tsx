import type { BulkActionInput, Contact } from "@generated/api";
import { Button, Drawer, Group, Badge as Tag, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Ban, Check } from "lucide-react";
import { useMemo, useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ButtonLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { NameButton } from "@/shared/name-button";
import { nameOf } from "@/shared/names";
import { formatCount } from "@/shared/number";
import { Phone } from "@/shared/phone";
import { Screen } from "@/shared/screen";
import { Empty, Failing } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { BulkDialog } from "./bulk-dialog";
import { BulkMenu } from "./bulk-menu";
import { BulkProgress } from "./bulk-progress";
import { ChangeSegment } from "./change-segment";
import { ChosenBar } from "./chosen-bar";
import { ContactDialog } from "./contact-dialog";
import { ContactFilters } from "./contact-filters";
import { SaveSegment } from "./save-segment";
import { filtersOf } from "./search";
import { choiceColumn, useChosen } from "./use-chosen";

const route = getRouteApi("/app/contacts");

/** All contacts. The search and the filters are part of the URL. */
export function ContactsPage() {
  const address = route.useSearch();
  const search = filtersOf(address);
  const navigate = route.useNavigate();
  const [isAdding, adding] = useDisclosure(false);
  const contacts = queries.useInfiniteQuery(
    "get",
    "/api/contacts",
    { params: { query: { ...search, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const first = contacts.data?.pages[0];
  const rows = contacts.data?.pages.flatMap((page) => page.items);
  const [chosen, setChosen] = useChosen(JSON.stringify(search));
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  const change = (changes: Partial<typeof address>, replace = true) =>
    void navigate({ search: { ...address, ...changes }, replace, resetScroll: false });
  const choice = useMemo(() => choiceColumn(chosen, setChosen), [chosen, setChosen]);
  const facts = useMemo(
    () =>
      columnsFor((id) => {
        void navigate({ search: (before) => ({ ...before, contact: id }), resetScroll: false });
      }),
    [navigate],
  );
  const columns = useMemo(() => [choice, ...facts], [choice, facts]);
  const [bulk, setBulk] = useState<BulkActionInput | null>(null);
  const [isSaving, saving] = useDisclosure(false);
  const actions = (
    <Group gap="xs">
      <ButtonLink variant="default" to="/contacts/import">
        Import
      </ButtonLink>
      <Button onClick={adding.open}>Add a contact</Button>
    </Group>
  );
  return (
    <Screen
      title="Contacts"
      description={first && totalOf(first.total, !first.totalIsExact)}
      actions={actions}
    >
      {address.change && (
        <BulkProgress id={address.change} onClose={() => change({ change: undefined })} />
      )}
      {address.segment && (
        <ChangeSegment
          key={address.segment}
          id={address.segment}
          version={address.version}
          filter={search}
          onBegin={(version, filter) => change({ version, ...filter })}
          onClose={() => change({ segment: undefined, version: undefined })}
        />
      )}
      <Group justify="space-between" gap="xs" align="flex-start" data-filters>
        <ContactFilters
          key={`${address.segment} ${address.version}`}
          search={search}
          onChange={change}
        />
        <Group gap="xs">
          {isFiltered && !address.segment && (
            <Button variant="subtle" onClick={saving.open}>
              Save as a segment
            </Button>
          )}
          <BulkMenu total={first?.total} isExact={first?.totalIsExact ?? true} onChoose={setBulk} />
        </Group>
      </Group>
      {rows && rows.length > 0 && (
        <ChosenBar chosen={chosen} shown={rows.map(({ id }) => id)} onChange={setChosen} />
      )}
      <Table
        caption="Contacts"
        columns={columns}
        rows={rows}
        keyOf={(contact) => contact.id}
        problem={contacts.error ? asProblem(contacts.error) : null}
        onRetry={() => void contacts.refetch()}
        isStale={contacts.isPlaceholderData}
        empty={
          isFiltered ? (
            <Text c="dimmed">No contact matches.</Text>
          ) : (
            <Empty action={actions}>
              The people you text are kept here, with their tags and whether they have opted out.
            </Empty>
          )
        }
      />
      <ListFooter query={contacts} />
      {isAdding && <ContactDialog contact={null} onClose={adding.close} />}
      {address.contact && (
        <OpenContact
          id={address.contact}
          known={rows?.find(({ id }) => id === address.contact)}
          onClose={() => change({ contact: undefined })}
        />
      )}
      {isSaving && <SaveSegment filter={search} onClose={saving.close} />}
      {bulk && (
        <BulkDialog
          action={bulk}
          filter={search}
          onStarted={({ id }) => {
            setBulk(null);
            change({ change: id });
          }}
          onClose={() => setBulk(null)}
        />
      )}
    </Screen>
  );
}

interface OpenProps {
  id: string;
  /** The contact as it is in the list, if it is in it. */
  known: Contact | undefined;
  onClose: () => void;
}

/** The panel of the contact that the address names. */
function OpenContact({ id, known, onClose }: OpenProps) {
  const contact = queries.useQuery("get", "/api/contacts/{id}", { params: { path: { id } } });
  const shown = contact.data ?? known;
  if (shown) return <ContactDialog contact={shown} onClose={onClose} />;
  if (!contact.error) return null;
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title="Contact">
      <Failing problem={asProblem(contact.error)} onRetry={() => void contact.refetch()} />
    </Drawer>
  );
}

function columnsFor(onOpen: (id: string) => void): Column<Contact>[] {
  return [
    {
      label: "Name",
      isTitle: true,
      cell: (contact) => (
        <NameButton onClick={() => onOpen(contact.id)}>
          {nameOf(contact) ?? <Phone number={contact.phone} />}
        </NameButton>
      ),
    },
    { label: "Number", cell: ({ phone }) => <Phone number={phone} /> },
    { label: "Tags", cell: ({ tags }) => (tags.length === 0 ? "–" : <Tags tags={tags} />) },
    {
      label: "Consent",
      cell: ({ optStatus }) =>
        optStatus === "opted_out" ? (
          <Badge tone="failed" icon={Ban}>
            Opted out
          </Badge>
        ) : (
          <Badge tone="delivered" icon={Check}>
            Can be texted
          </Badge>
        ),
    },
    { label: "Added", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
  ];
}

function Tags({ tags }: { tags: string[] }) {
  return (
    <Group gap={4}>
      {tags.slice(0, 3).map((tag) => (
        <Tag key={tag} variant="default" tt="none" fw={400}>
          {tag}
        </Tag>
      ))}
      {tags.length > 3 && <Text size="xs">+{tags.length - 3}</Text>}
    </Group>
  );
}

function totalOf(total: number, isCapped: boolean): string {
  return `${formatCount(total)}${isCapped ? "+" : ""} ${total === 1 ? "contact" : "contacts"}`;
}
