import type { BulkActionInput, Contact } from "@generated/api";
import { Button, Group, Badge as Tag, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Ban, Check } from "lucide-react";
import { useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ButtonLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { nameOf } from "@/shared/names";
import { formatCount } from "@/shared/number";
import { Phone } from "@/shared/phone";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { BulkDialog } from "./bulk-dialog";
import { BulkMenu } from "./bulk-menu";
import { BulkProgress } from "./bulk-progress";
import { ChosenBar } from "./chosen-bar";
import { ContactDialog } from "./contact-dialog";
import { ContactFilters } from "./contact-filters";
import { ChangeSegment, SaveSegment } from "./save-segment";
import { filtersOf } from "./search";
import { choiceColumn, useChosen } from "./use-chosen";

const route = getRouteApi("/app/contacts");

/** All contacts. The search and the filters are part of the URL. */
export function ContactsPage() {
  const address = route.useSearch();
  const search = filtersOf(address);
  const navigate = route.useNavigate();
  const [edited, setEdited] = useState<Contact | "new" | null>(null);
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
  const change = (changes: Partial<typeof address>) =>
    void navigate({ search: { ...address, ...changes }, replace: true });
  const [bulk, setBulk] = useState<BulkActionInput | null>(null);
  const [isSaving, saving] = useDisclosure(false);
  const actions = (
    <Group gap="xs">
      <ButtonLink variant="default" to="/contacts/import">
        Import
      </ButtonLink>
      <Button onClick={() => setEdited("new")}>Add a contact</Button>
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
          id={address.segment}
          filter={search}
          onClose={() => change({ segment: undefined })}
        />
      )}
      <Group justify="space-between" gap="xs" align="flex-start">
        <ContactFilters key={address.segment} search={search} onChange={change} />
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
        columns={[choiceColumn(chosen, setChosen), ...columnsFor(setEdited)]}
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
      {edited && (
        <ContactDialog contact={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
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

function columnsFor(onOpen: (contact: Contact) => void): Column<Contact>[] {
  return [
    {
      label: "Name",
      isTitle: true,
      cell: (contact) => (
        <Button variant="transparent" size="compact-sm" p={0} onClick={() => onOpen(contact)}>
          {nameOf(contact) ?? <Phone number={contact.phone} />}
        </Button>
      ),
    },
    { label: "Number", cell: ({ phone }) => <Phone number={phone} /> },
    { label: "Tags", cell: ({ tags }) => <Tags tags={tags} /> },
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
  if (tags.length === 0) return "–";
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
