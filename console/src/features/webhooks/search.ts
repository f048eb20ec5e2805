const STATUSES = ["pending", "delivered", "failed"] as const;

export type DeliveryStatus = (typeof STATUSES)[number];

/** What of an endpoint's page is in its address. */
export interface DeliverySearch {
  status?: DeliveryStatus | undefined;
  delivery?: string | undefined;
}

/** Read the address of an endpoint's page. What it doesn't know is left out. */
export function deliverySearchOf(search: Record<string, unknown>): DeliverySearch {
  const { status, delivery } = search;
  return {
    status: STATUSES.find((known) => known === status),
    delivery: typeof delivery === "string" ? delivery : undefined,
  };
}
