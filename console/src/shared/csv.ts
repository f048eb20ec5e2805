/** Makes CSV files in the browser, for figures that are on the screen already. */

const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * Return CSV with a header row. Cells that a spreadsheet would take for a formula get an apostrophe
 * before them.
 */
export function csvOf(header: readonly string[], rows: readonly (string | number)[][]): string {
  return [header, ...rows]
    .map((row) => row.map(cellOf).join(","))
    .join("\r\n")
    .concat("\r\n");
}

function cellOf(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
