/** Make CSV files in the page, for figures that are on the screen already. */

const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** Return CSV with a header row. Cells that a spreadsheet would take for a formula get a quote. */
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

/** Give a text to the person as a file. The page stays as it is. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
