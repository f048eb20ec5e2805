const STATUSES = ["pending", "delivered", "failed"] as const;

export type DeliveryStatus = (typeof STATUSES)[number];

/** The parts of an endpoint's page that are in its URL: the filter, and the open delivery. */
export interface DeliverySearch {
  status?: DeliveryStatus | undefined;
  delivery?: string | undefined;
}

/** Read the filter and the open delivery from the URL. Other parameters are ignored. */
export function deliverySearchOf(search: Record<string, unknown>): DeliverySearch {
  const { status, delivery } = search;
  return {
    status: STATUSES.find((known) => known === status),
    delivery: typeof delivery === "string" ? delivery : undefined,
  };
}
