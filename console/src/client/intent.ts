import { useRef } from "react";

/** What is kept of an intent: its key, and the content that the key belongs to. */
export interface KeptIntent {
  content: string;
  key: string;
}

/** Where an intent is kept, for example over a reload of the page. */
export interface IntentStore {
  read: () => KeptIntent | null;
  write: (kept: KeptIntent | null) => void;
}

/**
 * One deed that a person wants done once. Its idempotency key is made at the first attempt and kept
 * through errors and time-outs, so that another press is the same deed. It changes when the content
 * changes, or after it was done.
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

  /** Return the content of an attempt of which nobody knows yet how it ended, or null. */
  openContent(): unknown {
    const kept = this.#store.read();
    return kept === null ? null : JSON.parse(kept.content);
  }

  /** Note that it was done. The next attempt is another deed. */
  done(): void {
    this.#store.write(null);
  }
}

/** Return the intent of a form or button, which lives as long as its component. */
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
