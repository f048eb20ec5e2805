/**
 * Single keys that do something on a screen. They can be turned off, and never fire while somebody
 * types, holds a key, composes a letter, or has a dialog open.
 */
import { useEffect, useRef } from "react";

/** Keys that the keyboard's handler knows, as `event.key` in lower case. */
export type ShortcutKey = "/" | "?" | "j" | "k" | "x" | "r" | "e" | "u";

const OFF = "smsblaster-shortcuts-off";
const IN_FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable='false'])";
const ABOVE_THE_PAGE = "[role='dialog'], [role='menu'], [role='listbox']";
const runs = new Map<ShortcutKey, (() => void)[]>();

/** Do `run` when the key is pressed, while the component is shown. The latest one wins. */
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

/** Whether single keys do something in this browser. */
export function areShortcutsOn(): boolean {
  return localStorage.getItem(OFF) === null;
}

/** Turn single keys on or off in this browser. */
export function setShortcuts(isOn: boolean): void {
  if (isOn) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "yes");
}

/** Whether a key press asks for the palette: Ctrl+K, or Cmd+K on a Mac. */
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

/** Do what a single key stands for, if it may. Returns whether something was done. */
export function runShortcut(event: KeyboardEvent): boolean {
  if (!areShortcutsOn() || !isDeliberate(event) || isCovered()) return false;
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false;
  const key = event.key.toLowerCase() as ShortcutKey;
  const run = runs.get(key)?.at(-1);
  run?.();
  return run !== undefined;
}

/** Whether a press is one of its own: not a held key, nor part of a letter that is composed. */
function isDeliberate(event: KeyboardEvent): boolean {
  return !event.repeat && !event.isComposing && !event.defaultPrevented && event.key !== "Dead";
}

/** Whether something is open above the page. A closed choice keeps its hidden list in the page. */
function isCovered(): boolean {
  return [...document.querySelectorAll(ABOVE_THE_PAGE)].some((each) => each.checkVisibility());
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(IN_FIELDS) !== null;
}
