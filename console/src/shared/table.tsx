import { memo, type ReactNode } from "react";
import type { Problem } from "@/client/problem";
import { Failing, LoadingRows } from "./states";
import styles from "./table.module.css";

export interface Column<Row> {
  /** The heading of the column, and the label before the value on a phone. */
  label: string;
  cell: (row: Row) => ReactNode;
  /** Whether the column has figures, which are aligned to the right. */
  isNumber?: boolean;
  /** Whether the column is the first line of the row on a phone, usually the name. */
  isTitle?: boolean;
  /**
   * Whether the column has the row's actions. It is at the right, and its heading is only for
   * screen readers.
   */
  isAction?: boolean;
  /**
   * Whether the column has the checkbox that chooses the row. Its heading is only for screen
   * readers.
   */
  isChoice?: boolean;
}

interface Props<Row> {
  /** What the table lists, for screen readers. */
  caption: string;
  columns: Column<Row>[];
  /** The rows, or undefined while they are not loaded. */
  rows: Row[] | undefined;
  keyOf: (row: Row) => string;
  /** The reason why the rows could not be loaded. */
  problem?: Problem | null;
  onRetry: () => void;
  /** What is shown if there are no rows. */
  empty: ReactNode;
  /** Whether the rows are those of the previous search, while the next ones are loading. */
  isStale?: boolean;
}

/**
 * A table with its states. While it is loading, it does not say that there are no rows. On a phone
 * each row is a group of lines.
 */
export function Table<Row>(props: Props<Row>) {
  const { caption, columns, rows, keyOf, problem, onRetry, empty, isStale } = props;
  if (rows === undefined) {
    return problem ? <Failing problem={problem} onRetry={onRetry} /> : <LoadingRows />;
  }
  if (rows.length === 0) return <>{empty}</>;
  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-busy={isStale} data-stale={isStale}>
        <caption className={styles.caption}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.label} scope="col" data-number={column.isNumber}>
                <span className={isSilent(column) ? "visually-hidden" : undefined}>
                  {column.label}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} data-row>
              {columns.map((column) => (
                <Cell key={column.label} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a cell shows that has nothing to show. On a phone its line is left out. */
const BLANK = "–";

/** A cell. It is drawn again only if its row or its column has changed, as long lists need. */
const Cell = memo(PlainCell) as typeof PlainCell;

function PlainCell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const content = column.cell(row);
  return (
    <td
      data-label={column.label}
      data-number={column.isNumber}
      data-title={column.isTitle}
      data-action={column.isAction}
      data-choice={column.isChoice}
      data-blank={content === BLANK || undefined}
    >
      {content}
    </td>
  );
}

function isSilent<Row>({ isAction, isChoice }: Column<Row>): boolean {
  return isAction === true || isChoice === true;
}
