import { Select, Text } from "@mantine/core";
import { type Column, Table } from "../table";

/** A column of somebody's table, with its first values. */
export interface TableColumn {
  header: string;
  values: string[];
}

interface Choice {
  value: string;
  label: string;
  disabled: boolean;
}

interface Props {
  /** What the table lists, for screen readers. */
  caption: string;
  columns: TableColumn[];
  /** What each column holds, by its name. */
  mapping: Readonly<Record<string, string>>;
  /** Return what a column can hold. */
  choicesFor: (header: string) => Choice[];
  /** What is said of a column that holds nothing. */
  unused: string;
  clearLabel: string;
  onChange: (header: string, held: string | null) => void;
}

/** The columns of somebody's table with their first values, and the choice what each of them holds. */
export function ColumnTable({ caption, columns, onChange, ...more }: Props) {
  const shown: Column<TableColumn>[] = [
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
          placeholder={more.unused}
          data={more.choicesFor(header)}
          value={more.mapping[header] ?? null}
          onChange={(held) => onChange(header, held)}
          clearable
          clearButtonProps={{ "aria-label": more.clearLabel }}
        />
      ),
    },
  ];
  return (
    <Table
      caption={caption}
      columns={shown}
      rows={columns}
      keyOf={({ header }) => header}
      onRetry={() => undefined}
      empty={<Text>There are no columns.</Text>}
    />
  );
}
