import type { Contact, OptStatus } from "@generated/api";
import { Button, Group, Select, Badge as Tag, Text } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Ban, Check } from "lucide-react";
import { useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ButtonLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { formatCount } from "@/shared/number";
import { Phone } from "@/shared/phone";
import { Screen } from "@/shared/screen";
import { SearchBox } from "@/shared/search-box";
import { Empty } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { ContactDialog } from "./contact-dialog";
import { nameOf } from "./names";

const route = getRouteApi("/app/contacts");

/** All contacts, with search and filters in the address. */
export function ContactsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [edited, setEdited] = useState<Contact | "new" | null>(null);
  const contacts = queries.useInfiniteQuery(
    "get",
    "/api/contacts",
    { params: { query: { ...search, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const first = contacts.data?.pages[0];
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  const change = (changes: Partial<typeof search>) =>
    void navigate({ search: { ...search, ...changes }, replace: true });
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
      <Filters search={search} onChange={change} />
      <Table
        caption="Contacts"
        columns={columnsFor(setEdited)}
        rows={contacts.data?.pages.flatMap((page) => page.items)}
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
    </Screen>
  );
}

interface FiltersProps {
  search: { search?: string; listId?: string; optStatus?: OptStatus };
  onChange: (changes: { search?: string; listId?: string; optStatus?: OptStatus }) => void;
}

function Filters({ search, onChange }: FiltersProps) {
  const lists = queries.useQuery("get", "/api/contact-lists");
  return (
    <Group gap="xs">
      <SearchBox
        label="Search contacts"
        placeholder="Name, number or email"
        value={search.search}
        onSearch={(text) => onChange({ search: text })}
      />
      <Select
        aria-label="List"
        placeholder="All lists"
        data={(lists.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={search.listId ?? null}
        onChange={(listId) => onChange({ listId: listId ?? undefined })}
        clearable
        clearButtonProps={{ "aria-label": "Show all lists" }}
      />
      <Select
        aria-label="Consent"
        placeholder="Opted in or out"
        data={[
          { value: "opted_in", label: "Can be texted" },
          { value: "opted_out", label: "Opted out" },
        ]}
        value={search.optStatus ?? null}
        onChange={(value) => onChange({ optStatus: (value as OptStatus | null) ?? undefined })}
        clearable
        clearButtonProps={{ "aria-label": "Show both" }}
      />
    </Group>
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
