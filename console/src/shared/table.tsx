import { type CSSProperties, memo, type ReactNode, useLayoutEffect, useRef, useState } from "react";
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
  const isLong = rows !== undefined && rows.length > MOST_SHORT_ROWS;
  const head = useRef<HTMLTableRowElement>(null);
  const widths = useWidths(head, isLong);
  if (rows === undefined) {
    return problem ? <Failing problem={problem} onRetry={onRetry} /> : <LoadingRows />;
  }
  if (rows.length === 0) return <>{empty}</>;
  return (
    <div className={styles.scroll}>
      <table
        className={styles.table}
        aria-busy={isStale}
        data-stale={isStale}
        data-long={isLong}
        data-frozen={widths !== undefined}
        style={{ "--columns": widths } as CSSProperties}
        role={ROLES.table}
      >
        <caption className={styles.caption}>{caption}</caption>
        <thead role={ROLES.group}>
          <tr ref={head} role={ROLES.row}>
            {columns.map((column) => (
              <th key={column.label} scope="col" data-number={column.isNumber} role={ROLES.heading}>
                <span className={isSilent(column) ? "visually-hidden" : undefined}>
                  {column.label}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody role={ROLES.group}>
          {rows.map((row) => (
            <Line key={keyOf(row)} columns={columns} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A table with more rows does not draw those that are out of sight. */
const MOST_SHORT_ROWS = 200;

/**
 * The roles of the parts. On phones and in long lists the parts are not laid out as a table, and then
 * some browsers no longer tell screen readers that it is one.
 */
const ROLES = {
  table: "table",
  group: "rowgroup",
  row: "row",
  heading: "columnheader",
  cell: "cell",
} as const;

/** What a cell shows that has nothing to show. On a phone its line is left out. */
const BLANK = "–";

/**
 * Return the widths of the columns of a long table, as they were measured when it became long. From
 * then on rows that are out of sight are not drawn, so they can't decide how wide a column is.
 */
function useWidths(
  head: React.RefObject<HTMLTableRowElement | null>,
  isLong: boolean,
): string | undefined {
  const [widths, setWidths] = useState<string>();
  useLayoutEffect(() => {
    const cells = [...(head.current?.cells ?? [])];
    const measured = cells.map((cell) => Math.round(cell.getBoundingClientRect().width));
    // On a phone there are no columns.
    if (!isLong || measured.every((width) => width === 0)) setWidths(undefined);
    else setWidths(measured.map((width) => `minmax(0, ${width}fr)`).join(" "));
  }, [head, isLong]);
  return widths;
}

/** A row. It is drawn again only if it or the columns have changed, as long lists need. */
const Line = memo(PlainLine) as typeof PlainLine;

function PlainLine<Row>({ columns, row }: { columns: Column<Row>[]; row: Row }) {
  return (
    <tr data-row role={ROLES.row}>
      {columns.map((column) => (
        <Cell key={column.label} column={column} row={row} />
      ))}
    </tr>
  );
}

/** A cell. It is drawn again only if its row or its column has changed, as long lists need. */
const Cell = memo(PlainCell) as typeof PlainCell;

function PlainCell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const content = column.cell(row);
  return (
    <td
      role={ROLES.cell}
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
