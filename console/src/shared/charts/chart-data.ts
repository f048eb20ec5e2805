/** The figures of a chart: what it draws, and the same as a table and as CSV. */

export interface Series {
  /** The word for it, which is also its name in the table. */
  name: string;
  /** A token of the looks, such as `var(--sb-delivered)`. */
  color: string;
}

export interface Point {
  /** When it begins, as ISO 8601. */
  start: string;
  /** The words below its bar. */
  label: string;
  /** Whether it is not over yet. Its bar has a dashed edge. */
  isUnfinished?: boolean;
  /** The figures, by the names of the series. */
  values: Readonly<Record<string, number>>;
}

const SO_FAR = " so far";

/** Return the name of the series for a period that is not over. */
export function soFarName(name: string): string {
  return name + SO_FAR;
}

/** Whether a series is one of a period that is not over. */
export function isSoFar(name: string): boolean {
  return name.endsWith(SO_FAR);
}

/** Return the rows that the chart draws: an unfinished period has series of its own. */
export function drawnRows(points: readonly Point[], series: readonly Series[]) {
  return points.map((point) => {
    const row: Record<string, number | string> = { label: point.label };
    for (const { name } of series) {
      row[point.isUnfinished ? soFarName(name) : name] = point.values[name] ?? 0;
    }
    return row;
  });
}

/** Return the sum of a series. */
export function sumOf(points: readonly Point[], name: string): number {
  return points.reduce((sum, { values }) => sum + (values[name] ?? 0), 0);
}

/** Return the point with the most of a series, or undefined if all are 0. */
export function peakOf(points: readonly Point[], name: string): Point | undefined {
  const peak = points.reduce<Point | undefined>(
    (best, point) => ((point.values[name] ?? 0) > (best?.values[name] ?? 0) ? point : best),
    undefined,
  );
  return peak;
}
