/**
 * The focus is never lost. When a dialog closes, the focus goes back to the element that opened it.
 * When a row is removed, the focus goes to the row that takes its place or, without one, to the
 * heading of the screen.
 */
import { isCovered } from "@/shared/shortcuts";
import { ROW, targetOf } from "./keyboard/rows";

/** The selector of what the component kit puts above the page: dialogs, panels, menus. */
const ABOVE = "[data-portal]";

interface Place {
  element: HTMLElement;
  /** The list that the element is in, and the position of its row. */
  rows: { list: Element; index: number } | null;
}

/** Keep the focus while the page is open. Returns the function that ends this. */
export function keepFocus(): () => void {
  let last: Place | null = null;
  const note = ({ target }: FocusEvent) => {
    if (target instanceof HTMLElement && !target.closest(ABOVE)) last = placeOf(target);
  };
  // A click beside all elements takes the focus away on purpose. A removed element loses it by itself.
  const leave = ({ target, relatedTarget }: FocusEvent) => {
    if (relatedTarget !== null || !(target instanceof HTMLElement)) return;
    if (target.closest(ABOVE)) return;
    setTimeout(() => {
      if (target.isConnected && last?.element === target && isNowhere() && !isCovered())
        last = null;
    });
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const observer = new MutationObserver(() => {
    if (last === null || !isNowhere()) return;
    clearTimeout(timer);
    // The kit and the router move the focus too, and go first.
    timer = setTimeout(() => {
      if (last !== null && isNowhere() && !isCovered())
        heirOf(last)?.focus({ preventScroll: true });
    }, 30);
  });
  document.addEventListener("focusin", note);
  document.addEventListener("focusout", leave);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener("focusin", note);
    document.removeEventListener("focusout", leave);
  };
}

function isNowhere(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

function placeOf(element: HTMLElement): Place {
  const row = element.closest(ROW);
  const list = row?.parentElement;
  if (!row || !list) return { element, rows: null };
  return { element, rows: { list, index: [...list.children].indexOf(row) } };
}

/**
 * Return the element that gets the focus: the old one if it is still there, else a row or the
 * heading.
 */
function heirOf({ element, rows }: Place): HTMLElement | null {
  if (element.isConnected) return element;
  const left = rows?.list.isConnected ? [...rows.list.children] : [];
  const row = left[Math.min(rows?.index ?? 0, left.length - 1)];
  return targetOf(row) ?? document.querySelector<HTMLElement>("main h1");
}
