import { useRef } from "react";

/** The stored part of an intent: its idempotency key, and the content that the key is for. */
export interface KeptIntent {
  content: string;
  key: string;
}

/** The place where an intent is stored, for example so that it survives a reload. */
export interface IntentStore {
  read: () => KeptIntent | null;
  write: (kept: KeptIntent | null) => void;
}

/**
 * Something that a person wants to be done once, such as sending a text. Its idempotency key is
 * made at the first attempt and kept after errors and time-outs, so that pressing the button again
 * repeats the same request. A new key is made when the content changes, and after a success.
 */
export class Intent {
  readonly #store: IntentStore;

  constructor(store: IntentStore = inMemory()) {
    this.#store = store;
  }

  /** Return the headers of an attempt with this content. */
  headers(content: unknown): { "Idempotency-Key": string } {
    const text = JSON.stringify(content);
    const kept = this.#store.read();
    if (kept?.content === text) return { "Idempotency-Key": kept.key };
    const key = crypto.randomUUID();
    this.#store.write({ content: text, key });
    return { "Idempotency-Key": key };
  }

  /** Return what was sent, while it is not known whether it has arrived. Otherwise, return null. */
  openContent(): unknown {
    const kept = this.#store.read();
    return kept === null ? null : JSON.parse(kept.content);
  }

  /** Note that the request has succeeded. The next attempt gets a new key. */
  done(): void {
    this.#store.write(null);
  }
}

/** Return the intent of a form or button. It exists as long as the component. */
export function useIntent(): Intent {
  const intent = useRef<Intent>(null);
  intent.current ??= new Intent();
  return intent.current;
}

function inMemory(): IntentStore {
  let kept: KeptIntent | null = null;
  return {
    read: () => kept,
    write: (next) => {
      kept = next;
    },
  };
}
