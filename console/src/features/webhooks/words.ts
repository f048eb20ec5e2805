import type { WebhookDelivery, WebhookEndpoint, WebhookListener } from "@generated/api";
import { Ban, CheckCheck, Clock, Radio, TriangleAlert } from "lucide-react";
import { type Look, lookIn } from "@/shared/status-badge";

/** The types of events that people choose from, by what they are about. */
export const EVENT_GROUPS = [
  {
    group: "Texts",
    types: [
      "message.accepted",
      "message.sent",
      "message.delivered",
      "message.undelivered",
      "message.failed",
      "message.received",
    ],
  },
  {
    group: "Texts to attendees",
    types: [
      "event_message.accepted",
      "event_message.sent",
      "event_message.delivered",
      "event_message.undelivered",
      "event_message.failed",
    ],
  },
  { group: "Contacts", types: ["contact.opted_out", "contact.opted_in", "import.finished"] },
  { group: "Campaigns", types: ["campaign.started", "campaign.paused", "campaign.finished"] },
  { group: "Money", types: ["balance.low", "balance.topped_up"] },
  { group: "Setup", types: ["registration.changed", "number.released", "export.finished"] },
] as const;

export type EventType = (typeof EVENT_GROUPS)[number]["types"][number];

/** Say which events an endpoint gets. */
export function eventsOf({ eventTypes }: Pick<WebhookEndpoint, "eventTypes">): string {
  const [first, ...more] = eventTypes;
  if (first === undefined) return "All events";
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}

/** Return all types of events that an endpoint or a listener gets. */
export function typesOf({ eventTypes }: Pick<WebhookEndpoint, "eventTypes">): string {
  return eventTypes.length > 0 ? eventTypes.join(", ") : "All events";
}

/** The text that is shown beside a new secret. */
export const SECRET_WORDS =
  "With this secret, your server verifies that a call is from us. This is the only time that you see it. Store it where your secrets are.";

/** Return the look of an endpoint: whether it is called, and whether it answers. */
export function endpointLook(endpoint: WebhookEndpoint): Look {
  if (!endpoint.enabled) return { tone: "sending", word: "Disabled", icon: Ban };
  if (endpoint.failingSince) return { tone: "failed", word: "Failing", icon: TriangleAlert };
  return { tone: "delivered", word: "Enabled", icon: CheckCheck };
}

/** A program that has not fetched for longer is probably not running. Most fetch once a second. */
const SILENT_AFTER_MS = 60_000;

/** Return the look of a listener: whether its program fetches events now. */
export function listenerLook(
  { lastFetchedAt }: Pick<WebhookListener, "lastFetchedAt">,
  now: Date,
): Look {
  const isSilent = now.getTime() - new Date(lastFetchedAt).getTime() > SILENT_AFTER_MS;
  if (isSilent) return { tone: "unknown", word: "Silent", icon: Clock };
  return { tone: "delivered", word: "Listening", icon: Radio };
}

const REASONS: Record<string, string> = {
  by_user: "Somebody disabled this endpoint. It is not called until you enable it.",
  gone: "Your server answered 410 (gone), so it gets no events. Enable it to send events again.",
  failing:
    "All calls failed for days. Repair your server, then enable the endpoint to get the events that wait.",
};

/** Say why an endpoint is disabled. */
export function disabledWords(endpoint: WebhookEndpoint): string {
  return (
    REASONS[endpoint.disabledReason ?? ""] ?? "This endpoint is not called until you enable it."
  );
}

const DELIVERIES: Record<string, Look> = {
  pending: { tone: "sending", word: "Waiting", icon: Clock },
  delivered: { tone: "delivered", word: "Delivered", icon: CheckCheck },
  failed: { tone: "failed", word: "Failed", icon: TriangleAlert },
};

/** Return the look of a delivery. One whose calls have failed so far is being retried. */
export function deliveryLook({ status, attempts }: WebhookDelivery): Look {
  if (status === "pending" && attempts > 0) {
    return { tone: "unknown", word: "Retrying", icon: TriangleAlert };
  }
  return lookIn(DELIVERIES, status);
}

/** Say what the endpoint answered last. */
export function answerOf(delivery: WebhookDelivery): string {
  if (delivery.responseCode !== null) return String(delivery.responseCode);
  return delivery.attempts > 0 ? "No answer" : "Not called yet";
}
