import { Select, TextInput } from "@mantine/core";
import { queries } from "@/client/client";
import { FilterBar } from "@/shared/filter-bar";
import { FilterChip } from "@/shared/filter-chip";
import { METHODS, type RequestLogSearch, STATUS_CLASSES, typedRequestId } from "./search";

const STATUSES: Record<(typeof STATUS_CLASSES)[number], string> = {
  2: "Succeeded (2xx)",
  4: "Refused (4xx)",
  5: "Failed (5xx)",
};

interface Props {
  search: RequestLogSearch;
  onChange: (changes: RequestLogSearch) => void;
}

/** The filters of the request log. */
export function Filters({ search, onChange }: Props) {
  return (
    <FilterBar>
      <RequestIdFilter search={search} onChange={onChange} />
      <KeyFilter search={search} onChange={onChange} />
      <Select
        aria-label="Response"
        placeholder="All answers"
        data={STATUS_CLASSES.map((value) => ({ value: String(value), label: STATUSES[value] }))}
        value={search.statusClass ? String(search.statusClass) : null}
        onChange={(chosen) =>
          onChange({ statusClass: STATUS_CLASSES.find((known) => String(known) === chosen) })
        }
        clearable
        clearButtonProps={{ "aria-label": "Show all answers" }}
        w={{ base: "100%", xs: 160 }}
      />
      <Select
        aria-label="Method"
        placeholder="All methods"
        data={[...METHODS]}
        value={search.method ?? null}
        onChange={(chosen) => onChange({ method: METHODS.find((known) => known === chosen) })}
        clearable
        clearButtonProps={{ "aria-label": "Show all methods" }}
        w={{ base: "100%", xs: 125 }}
      />
      <Days search={search} onChange={onChange} />
      {search.route && (
        <FilterChip onClear={() => onChange({ route: undefined })}>
          {`Route: ${search.route}`}
        </FilterChip>
      )}
    </FilterBar>
  );
}

/** Find a request by its id. Words that can't be an id change nothing, and say so. */
function RequestIdFilter({ search, onChange }: Props) {
  return (
    <TextInput
      key={search.requestId ?? ""}
      type="search"
      aria-label="Request id"
      placeholder="Request id, then Enter"
      defaultValue={search.requestId ?? ""}
      maxLength={64}
      onKeyDown={(event) => {
        if (event.key !== "Enter") return;
        onChange({ requestId: typedRequestId(event.currentTarget.value) });
      }}
      onBlur={(event) => {
        const typed = typedRequestId(event.currentTarget.value);
        if (typed !== search.requestId) onChange({ requestId: typed });
      }}
      data-search
      w={{ base: "100%", xs: 220 }}
    />
  );
}

function KeyFilter({ search, onChange }: Props) {
  const keys = queries.useQuery("get", "/api/api-keys", { params: { query: { limit: 200 } } });
  return (
    <Select
      aria-label="API key"
      placeholder="All keys and people"
      data={(keys.data?.items ?? []).map(({ id, name, revokedAt }) => ({
        value: id,
        label: revokedAt ? `${name} (revoked)` : name,
      }))}
      searchable
      value={search.apiKeyId ?? null}
      onChange={(apiKeyId) => onChange({ apiKeyId: apiKeyId ?? undefined })}
      clearable
      clearButtonProps={{ "aria-label": "Show all keys and people" }}
      w={{ base: "100%", xs: 180 }}
    />
  );
}

function Days({ search, onChange }: Props) {
  return (
    <>
      <TextInput
        type="date"
        aria-label="From"
        value={search.from ?? ""}
        max={search.to}
        onChange={(event) => onChange({ from: event.currentTarget.value || undefined })}
        w={140}
      />
      <TextInput
        type="date"
        aria-label="To"
        value={search.to ?? ""}
        min={search.from}
        onChange={(event) => onChange({ to: event.currentTarget.value || undefined })}
        w={140}
      />
    </>
  );
}
