import { renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { asksForPalette, runShortcut, setShortcuts, useShortcut } from "./shortcuts";

afterEach(() => {
  document.body.innerHTML = "";
  setShortcuts(true);
});

/** Press a key on an element, and return whether it did something. */
function press(
  key: string,
  init: KeyboardEventInit = {},
  target: Element = document.body,
): boolean {
  let isDone = false;
  const listen = (event: Event) => {
    isDone = runShortcut(event as KeyboardEvent);
  };
  window.addEventListener("keydown", listen, { once: true });
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...init }));
  return isDone;
}

function shown(html: string): Element {
  document.body.innerHTML = html;
  return document.body.firstElementChild as Element;
}

test("a key runs the shortcut of the shown screen", () => {
  const run = vi.fn();
  const { unmount } = renderHook(() => useShortcut("j", run));
  expect(press("j")).toBe(true);
  expect(press("J")).toBe(true); // Caps Lock
  expect(run).toHaveBeenCalledTimes(2);
  unmount();
  expect(press("j")).toBe(false);
});

test.each(["<input>", "<textarea></textarea>", "<select></select>", "<p contenteditable></p>"])(
  "letters arrive in %s",
  (html) => {
    renderHook(() => useShortcut("e", vi.fn()));
    expect(press("e", {}, shown(html))).toBe(false);
  },
);

test("letters of other keyboard layouts run no shortcut", () => {
  renderHook(() => useShortcut("e", vi.fn()));
  // Polish letters are typed with AltGr, which Windows reports as Ctrl and Alt.
  expect(press("ę", { ctrlKey: true, altKey: true })).toBe(false);
  expect(press("e", { altKey: true })).toBe(false);
  expect(press("Dead")).toBe(false);
  expect(press("e", { isComposing: true })).toBe(false);
});

test("a key that needs Shift on some keyboards is recognised by its character", () => {
  const run = vi.fn();
  renderHook(() => useShortcut("/", run));
  expect(press("/", { shiftKey: true })).toBe(true); // Shift and 7 on a German keyboard
});

test("a held key, a key combination and a key over an open dialog do nothing", () => {
  renderHook(() => useShortcut("x", vi.fn()));
  expect(press("x", { repeat: true })).toBe(false);
  expect(press("x", { ctrlKey: true })).toBe(false);
  shown('<div role="dialog"></div>');
  expect(press("x")).toBe(false);
});

test("shortcuts can be turned off", () => {
  renderHook(() => useShortcut("k", vi.fn()));
  setShortcuts(false);
  expect(press("k")).toBe(false);
});

test("the palette opens with Ctrl or Cmd, and nothing else", () => {
  const asks = (init: KeyboardEventInit) =>
    asksForPalette(new KeyboardEvent("keydown", { key: "k", ...init }));
  expect(asks({ ctrlKey: true })).toBe(true);
  expect(asks({ metaKey: true })).toBe(true);
  expect(asks({})).toBe(false);
  expect(asks({ ctrlKey: true, altKey: true })).toBe(false);
  expect(asks({ ctrlKey: true, repeat: true })).toBe(false);
});

test("a closed select box does not disable shortcuts", () => {
  renderHook(() => useShortcut("j", vi.fn()));
  document.body.innerHTML = '<div style="display: none"><div role="listbox"></div></div>';
  expect(press("j")).toBe(true);
});
