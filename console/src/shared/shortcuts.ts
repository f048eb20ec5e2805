/**
 * Keyboard shortcuts of a single key. They can be turned off, and do nothing while somebody types,
 * holds a key, composes a letter, or has a dialog open.
 */
import { useEffect, useRef } from "react";

/** The keys that can be shortcuts: `event.key` in lower case. */
export type ShortcutKey = "/" | "?" | "j" | "k" | "x" | "r" | "e" | "u";

const OFF = "smsblaster-shortcuts-off";
const IN_FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable='false'])";
const ABOVE_THE_PAGE = "[role='dialog'], [role='menu'], [role='listbox']";
const runs = new Map<ShortcutKey, (() => void)[]>();

/**
 * Call `run` when the key is pressed, while the component is shown. If several components use a
 * key, the latest one is called.
 */
export function useShortcut(key: ShortcutKey, run: () => void): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    const call = () => latest.current();
    const others = runs.get(key) ?? [];
    runs.set(key, [...others, call]);
    return () => {
      runs.set(
        key,
        (runs.get(key) ?? []).filter((each) => each !== call),
      );
    };
  }, [key]);
}

/** Return whether shortcuts of a single key are on in this browser. */
export function areShortcutsOn(): boolean {
  return localStorage.getItem(OFF) === null;
}

/** Turn shortcuts of a single key on or off in this browser. */
export function setShortcuts(isOn: boolean): void {
  if (isOn) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "yes");
}

/** Return whether a key press opens the palette: Ctrl+K, or Cmd+K on a Mac. */
export function asksForPalette(event: KeyboardEvent): boolean {
  const { ctrlKey, metaKey, altKey, shiftKey } = event;
  return (
    event.key.toLowerCase() === "k" &&
    ctrlKey !== metaKey &&
    !altKey &&
    !shiftKey &&
    isDeliberate(event) &&
    !isCovered()
  );
}

/** Run the shortcut of a key press, if it is allowed now. Returns whether one was run. */
export function runShortcut(event: KeyboardEvent): boolean {
  if (!areShortcutsOn() || !isDeliberate(event) || isCovered()) return false;
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false;
  const key = event.key.toLowerCase() as ShortcutKey;
  const run = runs.get(key)?.at(-1);
  run?.();
  return run !== undefined;
}

/**
 * Return whether a key was pressed on purpose: it is not held down, and not part of a composed
 * letter.
 */
function isDeliberate(event: KeyboardEvent): boolean {
  return !event.repeat && !event.isComposing && !event.defaultPrevented && event.key !== "Dead";
}

/**
 * Return whether a dialog or menu covers the page. A closed select box keeps its hidden list in the
 * page, which does not count.
 */
function isCovered(): boolean {
  return [...document.querySelectorAll(ABOVE_THE_PAGE)].some((each) => each.checkVisibility());
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(IN_FIELDS) !== null;
}
