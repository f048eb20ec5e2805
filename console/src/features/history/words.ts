/** The words for what happens to a message, in the order of its life. */
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

/** Return the words for an event. A newer server may have others: then its name is the word. */
export function happeningName(eventType: string): string {
  return HAPPENINGS[eventType] ?? eventType;
}
