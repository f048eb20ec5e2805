import { useRef } from "react";

/**
 * One deed that a person wants done once. Its idempotency key is made at the first attempt and kept
 * through errors and time-outs, so that another press is the same deed. It changes when the content
 * changes, or after it was done.
 */
export class Intent {
  #content: string | null = null;
  #key: string | null = null;

  /** Return the headers of an attempt with this content. */
  headers(content: unknown): { "Idempotency-Key": string } {
    const text = JSON.stringify(content);
    if (this.#key === null || this.#content !== text) {
      this.#content = text;
      this.#key = crypto.randomUUID();
    }
    return { "Idempotency-Key": this.#key };
  }

  /** Note that it was done. The next attempt is another deed. */
  done(): void {
    this.#content = null;
    this.#key = null;
  }
}

/** Return the intent of a form or button, which lives as long as its component. */
export function useIntent(): Intent {
  const intent = useRef<Intent>(null);
  intent.current ??= new Intent();
  return intent.current;
}
