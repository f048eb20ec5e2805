/** Format a count, in the style of the browser's language. */
export function formatCount(count: number): string {
  return new Intl.NumberFormat().format(count);
}

/** Return `1 text` or `5 texts`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Format a share from 0 to 1 as a percentage. */
export function formatShare(share: number): string {
  return new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 }).format(
    share,
  );
}

const DAYS_OF_A_YEAR = 365;

/** Format an estimated number of days. A long one is too uncertain to be told exactly. */
export function daysWords(days: number): string {
  return days > DAYS_OF_A_YEAR ? "more than a year" : counted(days, "day");
}
