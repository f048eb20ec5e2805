/** Moves through the rows of a list with keys. */

/** A row of a list. */
export const ROW = "[data-row]";

/**
 * Return the element of a row that gets the focus, or null if no element of it can have the focus.
 */
export function targetOf(row: Element | undefined): HTMLElement | null {
  return row?.querySelector<HTMLElement>("a[href], button:not(:disabled)") ?? null;
}

/**
 * Move the focus to the next or the previous row, or to the first row if none has it. Rows in which
 * nothing can have the focus are skipped.
 */
export function moveRow(step: 1 | -1): void {
  const all = document.querySelectorAll<HTMLElement>(`main ${ROW}`);
  const rows = [...all].filter((row) => targetOf(row) !== null);
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[current === -1 ? 0 : current + step];
  targetOf(next)?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** Select the row that has the focus, or deselect it. */
export function toggleRow(): void {
  const row = document.activeElement?.closest(ROW);
  row?.querySelector<HTMLInputElement>("input[type='checkbox']")?.click();
}

/** Move the focus to the screen's search box. */
export function focusSearch(): void {
  const box = document.querySelector<HTMLInputElement>("main [data-search]");
  box?.focus();
  box?.select();
}
