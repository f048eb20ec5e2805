/**
 * Drafts: text that was typed and not sent yet, stored in this browser. A draft belongs to one
 * account, one mode and one object (such as a conversation), so it can't be sent to somebody else.
 */
import { useCallback, useEffect, useMemo, useState } from "react";
import { Intent, type IntentStore, type KeptIntent } from "@/client/intent";
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
  const key = keyOf(name);
  return useMemo(() => new Intent(intentStore(key)), [key]);
}

/**
 * Store the intent of a draft. If there is no room for both, only the intent is stored: a draft that
 * is still there after a reload must not be sent with another key.
 */
function intentStore(draftKey: string): IntentStore {
  const key = `${draftKey}:intent`;
  let unstored: KeptIntent | null = null;
  return {
    read: () => unstored ?? read<KeptIntent>(key),
    write: (kept) => {
      unstored = null;
      localStorage.removeItem(key);
      if (kept === null || write(key, kept)) return;
      localStorage.removeItem(draftKey);
      if (!write(key, kept)) unstored = kept;
    },
  };
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

/** Store a value. Return false if the browser's storage is full: then it is only on the page. */
function write(key: string, value: unknown): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
