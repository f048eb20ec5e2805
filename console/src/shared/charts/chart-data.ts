/** The figures of a chart, for the drawing, the table and the CSV file. */

export interface Series {
  /** The name of the series, also in the table. */
  name: string;
  /** A design token, such as `var(--sb-delivered)`. */
  color: string;
}

export interface Point {
  /** The time at which the point's period begins, as ISO 8601. */
  start: string;
  /** The text below the bar. */
  label: string;
  /** Whether the period is not over yet. Its bar then has a dashed outline. */
  isUnfinished?: boolean;
  /** The figures, by the names of the series. */
  values: Readonly<Record<string, number>>;
}

const SO_FAR = " so far";

/** Return the name of the series for a period that is not over. */
export function soFarName(name: string): string {
  return name + SO_FAR;
}

/** Return whether a series is for a period that is not over. */
export function isSoFar(name: string): boolean {
  return name.endsWith(SO_FAR);
}

/** Return the rows that the chart draws. An unfinished period has separate series. */
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

/** Return the point with the highest value of a series, or undefined if all are 0. */
export function peakOf(points: readonly Point[], name: string): Point | undefined {
  const peak = points.reduce<Point | undefined>(
    (best, point) => ((point.values[name] ?? 0) > (best?.values[name] ?? 0) ? point : best),
    undefined,
  );
  return peak;
}
