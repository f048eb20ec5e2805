import type { ReactNode } from "react";
import type { Problem } from "@/client/problem";
import { Failing, LoadingRows } from "./states";
import styles from "./table.module.css";

export interface Column<Row> {
  /** The heading, and the label before the value on a phone. */
  label: string;
  cell: (row: Row) => ReactNode;
  /** Figures stand at the right. */
  isNumber?: boolean;
  /** The first line of the row on a phone. Usually the name. */
  isTitle?: boolean;
  /** What can be done with the row. It stands at the right, and its heading is for screen readers. */
  isAction?: boolean;
  /** The box that chooses the row. Its heading is for screen readers. */
  isChoice?: boolean;
}

interface Props<Row> {
  /** What the table lists, for screen readers. */
  caption: string;
  columns: Column<Row>[];
  /** The rows, or undefined while nobody knows. */
  rows: Row[] | undefined;
  keyOf: (row: Row) => string;
  /** Why the rows could not be loaded. */
  problem?: Problem | null;
  onRetry: () => void;
  /** What is shown if there are no rows. */
  empty: ReactNode;
  /** Rows of the search before, while the next ones are loading. */
  isStale?: boolean;
}

/**
 * A list of rows with its states. Loading is not empty: without an answer, no row is claimed to be
 * missing. On a phone each row is a block of lines.
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
                <td
                  key={column.label}
                  data-label={column.label}
                  data-number={column.isNumber}
                  data-title={column.isTitle}
                  data-action={column.isAction}
                  data-choice={column.isChoice}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function isSilent<Row>({ isAction, isChoice }: Column<Row>): boolean {
  return isAction === true || isChoice === true;
}
