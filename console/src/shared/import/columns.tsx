import type { ImportPreview } from "@generated/api";
import { ColumnTable } from "./column-table";
import { choicesFor, type Mapping, mappedTo } from "./mapping";

const SHOWN_VALUES = 3;

interface ColumnsProps {
  preview: ImportPreview;
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}

/** The columns of a file with their first values, and the field that each of them holds. */
export function Columns({ preview, mapping, onChange }: ColumnsProps) {
  const columns = preview.headers.map((header, index) => ({
    header,
    values: preview.sampleRows.slice(0, SHOWN_VALUES).map(({ cells }) => cells[index] ?? ""),
  }));
  return (
    <ColumnTable
      caption="Columns of the file"
      columns={columns}
      mapping={mapping}
      choicesFor={(header) => choicesFor(mapping, header)}
      unused="Not imported"
      clearLabel="Do not import this column"
      onChange={(header, held) => onChange(mappedTo(mapping, header, held))}
    />
  );
}
