import { lazy, Suspense, useEffect, useState } from "react";
import { asksForPalette, runShortcut, useShortcut } from "@/shared/shortcuts";
import { focusSearch, moveRow, toggleRow } from "./rows";

const Palette = lazy(async () => ({ default: (await import("./palette")).Palette }));
const Sheet = lazy(async () => ({ default: (await import("./sheet")).Sheet }));

/**
 * The keyboard on all screens: it opens the palette and the list of keys, and moves through rows.
 */
export function Keyboard() {
  const [open, setOpen] = useState<"palette" | "sheet" | null>(null);
  useShortcut("?", () => setOpen("sheet"));
  useShortcut("/", focusSearch);
  useShortcut("j", () => moveRow(1));
  useShortcut("k", () => moveRow(-1));
  useShortcut("x", toggleRow);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isPalette = asksForPalette(event);
      if (isPalette) setOpen("palette");
      if (isPalette || runShortcut(event)) event.preventDefault();
      else if (event.key === "Escape" && !event.defaultPrevented) leaveComposer(event.target);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  const close = () => setOpen(null);
  return (
    <Suspense>
      {open === "palette" && <Palette onClose={close} onKeys={() => setOpen("sheet")} />}
      {open === "sheet" && <Sheet onClose={close} />}
    </Suspense>
  );
}

/** Take the focus out of the answer's text box, so that the keys of the inbox work again. */
function leaveComposer(target: EventTarget | null): void {
  if (target instanceof HTMLElement && target.closest("[data-composer]")) target.blur();
}
