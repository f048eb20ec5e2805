import type { WebhookDelivery, WebhookEndpoint } from "@generated/api";
import { describe, expect, it } from "vitest";
import { deliverySearchOf } from "./search";
import { answerOf, deliveryLook, endpointLook, eventsOf, listenerLook, typesOf } from "./words";

const ENDPOINT = {
  enabled: true,
  failingSince: null,
  eventTypes: [],
} as unknown as WebhookEndpoint;
const DELIVERY = {
  status: "pending",
  attempts: 0,
  responseCode: null,
} as unknown as WebhookDelivery;

describe("endpoints", () => {
  it("an endpoint without chosen types gets all events", () => {
    expect(eventsOf(ENDPOINT)).toBe("All events");
    expect(eventsOf({ eventTypes: ["message.sent"] })).toBe("message.sent");
    expect(eventsOf({ eventTypes: ["message.sent", "balance.low"] })).toBe(
      "message.sent and 1 more",
    );
  });

  it("an endpoint is shown as enabled, failing or disabled", () => {
    expect(endpointLook(ENDPOINT).word).toBe("Enabled");
    expect(endpointLook({ ...ENDPOINT, failingSince: "2026-01-01T00:00:00Z" }).word).toBe(
      "Failing",
    );
    expect(endpointLook({ ...ENDPOINT, enabled: false }).word).toBe("Disabled");
  });
});

describe("listeners", () => {
  it("a listener shows all types that it gets", () => {
    expect(typesOf({ eventTypes: [] })).toBe("All events");
    expect(typesOf({ eventTypes: ["message.sent", "balance.low"] })).toBe(
      "message.sent, balance.low",
    );
  });

  it("a program that has not fetched for a minute is shown as silent", () => {
    const lastFetchedAt = "2026-01-01T00:00:00Z";
    const later = (seconds: number) => new Date(Date.parse(lastFetchedAt) + seconds * 1000);
    expect(listenerLook({ lastFetchedAt }, later(59)).word).toBe("Listening");
    expect(listenerLook({ lastFetchedAt }, later(61)).word).toBe("Silent");
    // The clocks of browsers can be late.
    expect(listenerLook({ lastFetchedAt }, later(-30)).word).toBe("Listening");
  });
});

describe("deliveries", () => {
  it("a delivery whose first call failed is shown as being retried", () => {
    expect(deliveryLook(DELIVERY).word).toBe("Waiting");
    expect(deliveryLook({ ...DELIVERY, attempts: 1 }).word).toBe("Retrying");
    expect(deliveryLook({ ...DELIVERY, status: "failed" }).word).toBe("Failed");
  });

  it("a delivery shows the endpoint's last answer", () => {
    expect(answerOf(DELIVERY)).toBe("Not called yet");
    expect(answerOf({ ...DELIVERY, attempts: 1 })).toBe("No answer");
    expect(answerOf({ ...DELIVERY, attempts: 1, responseCode: 500 })).toBe("500");
  });
});

describe("addresses", () => {
  it("unknown parameters and values in the address are dropped", () => {
    expect(deliverySearchOf({ status: "failed", delivery: "d", more: 1 })).toEqual({
      status: "failed",
      delivery: "d",
    });
    expect(deliverySearchOf({ status: "lost" })).toEqual({});
  });
});
