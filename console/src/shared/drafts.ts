/**
 * Drafts: text that was typed and not sent yet, stored in this browser. A draft belongs to one
 * account, one mode and one object (such as a conversation), so it can't be sent to somebody else.
 */
import { useCallback, useEffect, useMemo, useState } from "react";
import { Intent, type KeptIntent } from "@/client/intent";
import { isTestMode } from "@/client/mode";
import { sessionState } from "@/client/session";

const PREFIX = "smsblaster-draft:";
const unsaved = new Set<string>();

/** Return whether the page has typed text that a reload would lose. */
export const hasUnsavedWork = (): boolean => unsaved.size > 0;

/** Delete all drafts of this browser. */
export function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  }
}

/** While `isUnsaved` is true, note that the page has typed text that is stored nowhere else. */
export function useUnsaved(name: string, isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return;
    unsaved.add(name);
    return () => {
      unsaved.delete(name);
    };
  }, [name, isUnsaved]);
}

/** A value that is stored in this browser under `name` until `clear` is called. */
export function useDraft<T>(name: string, initial: T): [T, (value: T) => void, () => void] {
  const key = keyOf(name);
  const [value, setValue] = useState<T>(() => read(key) ?? initial);
  const set = useCallback(
    (next: T) => {
      setValue(next);
      write(key, next);
    },
    [key],
  );
  const clear = useCallback(() => {
    setValue(initial);
    localStorage.removeItem(key);
  }, [key, initial]);
  return [value, set, clear];
}

/**
 * The intent to send a draft. It is stored with the draft, so that pressing the button again after
 * a reload repeats the same request.
 */
export function useDraftIntent(name: string): Intent {
  const key = `${keyOf(name)}:intent`;
  return useMemo(
    () =>
      new Intent({
        read: () => read<KeptIntent>(key),
        write: (kept) => (kept === null ? localStorage.removeItem(key) : write(key, kept)),
      }),
    [key],
  );
}

function keyOf(name: string): string {
  const session = sessionState();
  const mode = isTestMode ? ":test" : "";
  return `${PREFIX}${"user" in session ? session.user.id : ""}${mode}:${name}`;
}

function read<T>(key: string): T | null {
  const text = localStorage.getItem(key);
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The browser's storage is full, but the text is still on the page.
  }
}
