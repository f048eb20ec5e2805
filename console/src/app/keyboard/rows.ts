/** Moves through the rows of a list with keys. */

const ROWS = "main [data-row]";
const IN_ROW = "a[href], button";

/** Move the focus to the next or the previous row, or to the first row if none has it. */
export function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>(ROWS)];
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[current === -1 ? 0 : current + step];
  const target = next?.matches(IN_ROW) ? next : next?.querySelector<HTMLElement>(IN_ROW);
  target?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** Select the row that has the focus, or deselect it. */
export function toggleRow(): void {
  const row = document.activeElement?.closest("[data-row]");
  row?.querySelector<HTMLInputElement>("input[type='checkbox']")?.click();
}

/** Move the focus to the screen's search box. */
export function focusSearch(): void {
  const box = document.querySelector<HTMLInputElement>("main [data-search]");
  box?.focus();
  box?.select();
}
