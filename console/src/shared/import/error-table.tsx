import type { ImportError } from "@generated/api";
import { Text } from "@mantine/core";
import { formatCount } from "../number";
import { type Column, Table } from "../table";
import styles from "./error-table.module.css";
import { fieldName } from "./fields";

const COLUMNS: Column<ImportError>[] = [
  { label: "Row", isTitle: true, cell: ({ row }) => `Row ${formatCount(row)}` },
  { label: "Column", cell: ({ column, field }) => column || fieldName(field) },
  { label: "In the file", cell: ({ value }) => <Value>{value}</Value> },
  { label: "What is wrong", cell: ({ message }) => message },
];

interface Props {
  caption: string;
  errors: ImportError[];
}

/** The rows and cells of a file that were left out: where they are, what they have, and why. */
export function ErrorTable({ caption, errors }: Props) {
  return (
    <Table
      caption={caption}
      columns={COLUMNS}
      rows={errors}
      keyOf={({ row, field, column }) => `${row}-${field}-${column}`}
      onRetry={() => undefined}
      empty={null}
    />
  );
}

function Value({ children }: { children: string }) {
  if (children === "") return "–";
  return (
    <Text span size="sm" dir="auto" className={styles.value}>
      {children}
    </Text>
  );
}
