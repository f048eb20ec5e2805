import type { WebhookDelivery } from "@generated/api";

const ASK_EVERY_MS = 5_000;

interface Page {
  items: readonly Pick<WebhookDelivery, "status" | "attempts">[];
}

/**
 * Return how often the loaded deliveries are asked for again, in milliseconds, or false if they are
 * not. Somebody who has loaded older pages reads them, and each request would load all of them. So
 * these are asked for only while a delivery waits for its first call, which takes seconds.
 */
export function pollingOf(pages: readonly Page[] | undefined): number | false {
  if (pages === undefined || pages.length <= 1) return ASK_EVERY_MS;
  const isOnItsWay = pages.some(({ items }) =>
    items.some(({ status, attempts }) => status === "pending" && attempts === 0),
  );
  return isOnItsWay && ASK_EVERY_MS;
}
