import type { Template } from "@generated/api";
import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ListFooter } from "@/shared/list-footer";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { TemplateDialog } from "./template-dialog";

/** Texts to start from. */
export function TemplatesPage() {
  const [edited, setEdited] = useState<Template | "new" | null>(null);
  const templates = queries.useInfiniteQuery(
    "get",
    "/api/templates",
    { params: { query: { limit: 50 } } },
    PAGES,
  );
  const create = <Button onClick={() => setEdited("new")}>New template</Button>;
  const columns: Column<Template>[] = [
    {
      label: "Template",
      isTitle: true,
      cell: (template) => (
        <Button variant="transparent" size="compact-sm" p={0} onClick={() => setEdited(template)}>
          {template.name}
        </Button>
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
    { label: "Created", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
  ];
  return (
    <Screen title="Templates" actions={create}>
      <Table
        caption="Templates"
        columns={columns}
        rows={templates.data?.pages.flatMap((page) => page.items)}
        keyOf={(template) => template.id}
        problem={templates.error ? asProblem(templates.error) : null}
        onRetry={() => void templates.refetch()}
        empty={
          <Empty action={create}>
            A template is a text that you use often, with variables such as the first name.
          </Empty>
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
