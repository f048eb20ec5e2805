import type { Template } from "@generated/api";
import { Button, Text } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { FilterBar } from "@/shared/filter-bar";
import { ListFooter } from "@/shared/list-footer";
import { NameButton } from "@/shared/name-button";
import { counted, formatCount } from "@/shared/number";
import { Screen } from "@/shared/screen";
import { SearchBox } from "@/shared/search-box";
import { Empty } from "@/shared/states";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { TemplateDialog } from "./template-dialog";

/** The templates. */
export function TemplatesPage() {
  const [edited, setEdited] = useState<Template | "new" | null>(null);
  const [search, setSearch] = useState<string | undefined>();
  const templates = queries.useInfiniteQuery(
    "get",
    "/api/templates",
    { params: { query: { search, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const create = <Button onClick={() => setEdited("new")}>New template</Button>;
  const columns: Column<Template>[] = [
    {
      label: "Template",
      isTitle: true,
      cell: (template) => (
        <NameButton onClick={() => setEdited(template)}>{template.name}</NameButton>
      ),
    },
    {
      label: "Text",
      cell: ({ content }) => (
        <Text size="sm" lineClamp={1} dir="auto">
          {content}
        </Text>
      ),
    },
    { label: "Variables", cell: ({ variables }) => variables.join(", ") || "–" },
    { label: "Used by", cell: (template) => <Use template={template} /> },
    {
      label: "Last sent",
      cell: ({ lastUsedAt }) => (lastUsedAt ? <RelativeTime at={lastUsedAt} /> : "Never"),
    },
    { label: "Changed", cell: ({ updatedAt }) => <RelativeTime at={updatedAt} /> },
  ];
  return (
    <Screen title="Templates" actions={create}>
      <FilterBar>
        <SearchBox
          label="Search templates"
          placeholder="Name or text"
          value={search}
          onSearch={setSearch}
        />
      </FilterBar>
      <Table
        caption="Templates"
        columns={columns}
        rows={templates.data?.pages.flatMap((page) => page.items)}
        keyOf={(template) => template.id}
        problem={templates.error ? asProblem(templates.error) : null}
        onRetry={() => void templates.refetch()}
        isStale={templates.isPlaceholderData}
        empty={
          search ? (
            <Text c="dimmed">No template matches.</Text>
          ) : (
            <Empty action={create}>
              A template is a text that you use often, with variables such as the first name.
            </Empty>
          )
        }
      />
      <ListFooter query={templates} />
      {edited && (
        <TemplateDialog
          template={edited === "new" ? null : edited}
          onClose={() => setEdited(null)}
        />
      )}
    </Screen>
  );
}

/** How many campaigns use a template, and how many of these have not ended. */
function Use({ template: { campaignCount, activeCampaignCount } }: { template: Template }) {
  if (campaignCount === 0) return "–";
  return (
    <>
      {counted(campaignCount, "campaign")}
      {activeCampaignCount > 0 && (
        <Text size="xs" c="dimmed">
          {formatCount(activeCampaignCount)} scheduled, sending or paused
        </Text>
      )}
    </>
  );
}
