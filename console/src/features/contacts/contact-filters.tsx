import type { OptStatus } from "@generated/api";
import { Select } from "@mantine/core";
import { queries } from "@/client/client";
import { FilterBar } from "@/shared/filter-bar";
import { FilterChip } from "@/shared/filter-chip";
import { SearchBox } from "@/shared/search-box";
import { dayWords } from "@/shared/time";
import { useContactLists } from "@/shared/use-contact-lists";
import { useTimeZone } from "@/shared/use-organisation";
import type { ContactSearch } from "./search";

interface Props {
  search: ContactSearch;
  onChange: (changes: ContactSearch) => void;
}

/** The filters of the contacts. */
export function ContactFilters({ search, onChange }: Props) {
  const lists = useContactLists();
  const tags = queries.useQuery("get", "/api/tags");
  const timeZone = useTimeZone();
  return (
    <FilterBar>
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
        searchable
        clearable
        clearButtonProps={{ "aria-label": "Show all lists" }}
      />
      <Select
        aria-label="Tag"
        placeholder="All tags"
        data={(tags.data?.items ?? []).map(({ name }) => name)}
        value={search.tag ?? null}
        onChange={(tag) => onChange({ tag: tag ?? undefined })}
        searchable
        clearable
        clearButtonProps={{ "aria-label": "Show all tags" }}
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
      {search.from && (
        <FilterChip onClear={() => onChange({ from: undefined })}>
          {`Added from ${dayWords(search.from, timeZone)}`}
        </FilterChip>
      )}
      {search.to && (
        <FilterChip onClear={() => onChange({ to: undefined })}>
          {`Added before ${dayWords(search.to, timeZone)}`}
        </FilterChip>
      )}
    </FilterBar>
  );
}
