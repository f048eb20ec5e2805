/** The names of the events of a message, in the order in which they happen. */
const HAPPENINGS: Record<string, string> = {
  pending: "Waiting to be sent",
  accepted: "Accepted by the provider",
  queued: "Queued at the provider",
  sending: "Being given to the carrier",
  sent: "Given to the carrier",
  delivered: "Delivered to the phone",
  undelivered: "Not delivered",
  failed: "Failed",
  cancelled: "Cancelled",
  received: "Received",
};

/**
 * Return the name of an event to show. An event type that this page does not know is shown as it
 * is.
 */
export function happeningName(eventType: string): string {
  return HAPPENINGS[eventType] ?? eventType;
}
