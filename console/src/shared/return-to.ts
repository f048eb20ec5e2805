/** The screen to return to after a payment. */

const RETURN_TO = "smsblaster-return-to";

/** Keep the screen to return to. */
export function keepReturn(path: string): void {
  sessionStorage.setItem(RETURN_TO, path);
}

/** Return the screen to return to after a payment, or null. A second call returns null. */
export function takeReturn(): string | null {
  const path = sessionStorage.getItem(RETURN_TO);
  sessionStorage.removeItem(RETURN_TO);
  return path;
}
