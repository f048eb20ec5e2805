/** Attempts to send an order (an API request with a price) only once. */
import type { Problem } from "@/client/problem";

/** Statuses that mean: the first attempt is still in progress, or there were too many requests. */
const IN_THE_AIR = new Set([408, 409, 429]);

interface Priced {
  priceVersion: string | undefined;
}

/**
 * Return the order to send. If the same order was sent before and got no answer, it is sent again
 * exactly as it was, with its old price, so that the server recognises it as a repeat.
 */
export function attemptOf<AnyOrder extends Priced>(order: AnyOrder, open: unknown): AnyOrder {
  return isSameOrder(order, open) ? (open as AnyOrder) : order;
}

/** Return whether an earlier attempt was for the same order, at any price. */
export function isSameOrder(order: Priced, open: unknown): boolean {
  if (open === null || typeof open !== "object") return false;
  const atAnyPrice = { priceVersion: undefined };
  return JSON.stringify({ ...open, ...atAnyPrice }) === JSON.stringify({ ...order, ...atAnyPrice });
}

/** Return whether an error means that nothing was sent. After other errors that is unknown. */
export function isRefusal({ status, code }: Problem): boolean {
  if (code === "price_changed") return true;
  return status >= 400 && status < 500 && !IN_THE_AIR.has(status);
}
