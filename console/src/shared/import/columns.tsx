import type { ImportPreview } from "@generated/api";
import { Select, Text } from "@mantine/core";
import { type Column, Table } from "../table";
import { choicesFor, type Mapping, mappedTo } from "./mapping";

const SHOWN_VALUES = 3;

interface ColumnsProps {
  preview: ImportPreview;
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}

/** The columns of a file with their first values, and the field that each of them holds. */
export function Columns({ preview, mapping, onChange }: ColumnsProps) {
  const rows = preview.headers.map((header, index) => ({
    header,
    values: preview.sampleRows.slice(0, SHOWN_VALUES).map(({ cells }) => cells[index] ?? ""),
  }));
  const columns: Column<(typeof rows)[number]>[] = [
    { label: "Column", isTitle: true, cell: ({ header }) => header || "(no name)" },
    {
      label: "First values",
      cell: ({ values }) => (
        <Text size="sm" c="dimmed" lineClamp={2}>
          {values.filter(Boolean).join(" · ") || "–"}
        </Text>
      ),
    },
    {
      label: "Holds",
      cell: ({ header }) => (
        <Select
          aria-label={`What ${header} holds`}
          placeholder="Not imported"
          data={choicesFor(mapping, header)}
          value={mapping[header] ?? null}
          onChange={(field) => onChange(mappedTo(mapping, header, field))}
          clearable
          clearButtonProps={{ "aria-label": "Do not import this column" }}
        />
      ),
    },
  ];
  return (
    <Table
      caption="Columns of the file"
      columns={columns}
      rows={rows}
      keyOf={({ header }) => header}
      onRetry={() => undefined}
      empty={<Text>The file has no columns.</Text>}
    />
  );
}
