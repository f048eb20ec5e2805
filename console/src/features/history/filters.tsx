import type { MessageDirectionInput, MessageStatusInput } from "@generated/api";
import { Button, Group, Pill, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { queries } from "@/client/client";
import { FilterBar } from "@/shared/filter-bar";
import { SearchBox } from "@/shared/search-box";
import { useErrorCodes } from "@/shared/use-error-codes";
import { useKnownTimeZone } from "@/shared/use-organisation";
import { DIRECTIONS, type HistorySearch, isFailure, STATUSES } from "./search";

const AFTER_LAST_KEY_MS = 250;

interface Props {
  search: HistorySearch;
  /** The name of the contact in the filter, once it is known. */
  contactName?: string;
  onChange: (changes: HistorySearch) => void;
}

/** The filters of the list. All of them are part of the URL. */
export function Filters({ search, contactName, onChange }: Props) {
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  return (
    <Stack gap="xs">
      <FilterBar>
        <SearchBox
          label="Search messages"
          placeholder="Words of a message"
          value={search.search}
          onSearch={(text) => onChange({ search: text })}
        />
        <Select
          aria-label="Direction"
          placeholder="Both directions"
          data={DIRECTIONS}
          value={search.direction ?? null}
          onChange={(value) =>
            onChange({ direction: (value as MessageDirectionInput) ?? undefined })
          }
          clearable
          clearButtonProps={{ "aria-label": "Show both directions" }}
          w={{ base: "100%", xs: 160 }}
        />
        <Select
          aria-label="Status"
          placeholder="All statuses"
          data={STATUSES}
          value={search.status ?? null}
          onChange={(value) =>
            onChange({
              status: (value as MessageStatusInput) ?? undefined,
              includeRetried: undefined,
            })
          }
          clearable
          clearButtonProps={{ "aria-label": "Show all statuses" }}
          w={{ base: "100%", xs: 160 }}
        />
        <CampaignFilter value={search.campaignId} onChange={onChange} />
        <ErrorFilter value={search.errorCode} onChange={onChange} />
      </FilterBar>
      <Group gap="sm" align="center" data-filters>
        <SearchBox
          label="Reference"
          placeholder="Reference"
          value={search.reference}
          onSearch={(reference) => onChange({ reference })}
        />
        <Days search={search} onChange={onChange} />
        {isFailure(search.status) && (
          <Switch
            size="xs"
            label="Include messages that were delivered by a later retry"
            checked={search.includeRetried ?? false}
            onChange={(event) =>
              onChange({ includeRetried: event.currentTarget.checked || undefined })
            }
          />
        )}
        {search.contactId && (
          <Pill
            withRemoveButton
            removeButtonProps={{
              "aria-label": "Show all contacts",
              "aria-hidden": false,
              tabIndex: 0,
            }}
            onRemove={() => onChange({ contactId: undefined })}
          >
            {contactName ?? "One contact"}
          </Pill>
        )}
        {isFiltered && (
          <Button variant="subtle" size="compact-sm" onClick={() => onChange(NO_FILTERS)}>
            Clear the filters
          </Button>
        )}
      </Group>
    </Stack>
  );
}

const NO_FILTERS: HistorySearch = {
  search: undefined,
  direction: undefined,
  status: undefined,
  from: undefined,
  to: undefined,
  campaignId: undefined,
  contactId: undefined,
  errorCode: undefined,
  reference: undefined,
  includeRetried: undefined,
};

/** The first and the last day, in the organisation's time zone, which is shown beside them. */
function Days({ search, onChange }: Omit<Props, "contactName">) {
  const timeZone = useKnownTimeZone();
  const day = (value: string | undefined) => value?.slice(0, 10) ?? "";
  return (
    <Group gap="xs" align="center">
      <TextInput
        type="date"
        aria-label={`From, in ${timeZone ?? "the organisation's zone"}`}
        value={day(search.from)}
        max={day(search.to) || undefined}
        onChange={(event) => onChange({ from: event.currentTarget.value || undefined })}
        w={150}
      />
      <span aria-hidden>–</span>
      <TextInput
        type="date"
        aria-label={`To, in ${timeZone ?? "the organisation's zone"}`}
        value={day(search.to)}
        min={day(search.from) || undefined}
        onChange={(event) => onChange({ to: event.currentTarget.value || undefined })}
        w={150}
      />
    </Group>
  );
}

interface CampaignFilterProps {
  value: string | undefined;
  onChange: Props["onChange"];
}

function CampaignFilter({ value, onChange }: CampaignFilterProps) {
  const [typed, setTyped] = useState("");
  const [sought] = useDebouncedValue(typed, AFTER_LAST_KEY_MS);
  const chosen = queries.useQuery(
    "get",
    "/api/campaigns/{id}",
    { params: { path: { id: value ?? "" } } },
    { enabled: value !== undefined },
  );
  const name = chosen.data?.name;
  const campaigns = queries.useQuery("get", "/api/campaigns", {
    params: { query: { search: sought && sought !== name ? sought : undefined, limit: 20 } },
  });
  const found = (campaigns.data?.items ?? []).map(({ id, name: label }) => ({ value: id, label }));
  const isListed = found.some((campaign) => campaign.value === value);
  return (
    <Select
      aria-label="Campaign"
      placeholder="All campaigns"
      data={value && name && !isListed ? [{ value, label: name }, ...found] : found}
      filter={({ options }) => options}
      searchable
      onSearchChange={setTyped}
      value={value ?? null}
      onChange={(id) => onChange({ campaignId: id ?? undefined })}
      nothingFoundMessage="No campaign has this name"
      clearable
      clearButtonProps={{ "aria-label": "Show all campaigns" }}
      w={{ base: "100%", xs: 200 }}
    />
  );
}

interface ErrorFilterProps {
  value: number | undefined;
  onChange: Props["onChange"];
}

function ErrorFilter({ value, onChange }: ErrorFilterProps) {
  const codes = useErrorCodes();
  const data = (codes.data?.items ?? []).map(({ code, title }) => ({
    value: String(code),
    label: `${title} (${code})`,
  }));
  return (
    <Select
      aria-label="Error"
      placeholder="All errors"
      data={data}
      searchable
      limit={100}
      value={value === undefined ? null : String(value)}
      onChange={(code) => onChange({ errorCode: code === null ? undefined : Number(code) })}
      nothingFoundMessage="No such error"
      clearable
      clearButtonProps={{ "aria-label": "Show all errors" }}
      w={{ base: "100%", xs: 200 }}
    />
  );
}
