import { expect, test } from "vitest";
import { actionName, detailsOf, targetOf } from "./audit-words";

test("an unknown action has a readable name", () => {
  expect(actionName("campaign_started")).toBe("Started a campaign");
  expect(actionName("fax_machine_bought")).toBe("Fax machine bought");
});

test("an entry links to its object, unless that is deleted", () => {
  expect(targetOf("campaign", "1", "campaign_started")).toEqual({
    to: "/campaigns/$campaignId",
    params: { campaignId: "1" },
  });
  expect(targetOf("campaign", "1", "campaign_deleted")).toBeNull();
  expect(targetOf("twilio_number", "PN1", "twilio_number_bought")).toEqual({ to: "/numbers" });
  expect(targetOf("weather", "1", "rain")).toBeNull();
});

test("details are shown as text", () => {
  expect(detailsOf({ userAgent: "Firefox", address: "127.0.0.1", empty: null })).toEqual([
    "user agent: Firefox",
    "address: 127.0.0.1",
  ]);
});
