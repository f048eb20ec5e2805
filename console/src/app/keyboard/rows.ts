/** Moving through the rows of a list by keys. */

const ROWS = "main [data-row]";
const IN_ROW = "a[href], button";

/** Move the focus to the next row, or the one before, or the first one. */
export function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>(ROWS)];
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[current === -1 ? 0 : current + step];
  const target = next?.matches(IN_ROW) ? next : next?.querySelector<HTMLElement>(IN_ROW);
  target?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** Choose the row with the focus, or leave it out again. */
export function toggleRow(): void {
  const row = document.activeElement?.closest("[data-row]");
  row?.querySelector<HTMLInputElement>("input[type='checkbox']")?.click();
}

/** Put the focus into the search box of the screen. */
export function focusSearch(): void {
  const box = document.querySelector<HTMLInputElement>("main [data-search]");
  box?.focus();
  box?.select();
}
