import type { CampaignMetrics } from "@generated/api";
import { expect, test } from "vitest";
import { partsOf } from "./outcome-bar";

const METRICS: CampaignMetrics = {
  campaignId: "c1",
  recipients: 100,
  pending: 10,
  sent: 80,
  delivered: 60,
  failed: 7,
  refused: 2,
  replied: 5,
  optOuts: 1,
  optedOut: 4,
  invalid: 2,
  unknown: 1,
  cancelled: 1,
  spentCents: 82,
  deliveryRate: 0.75,
  failRate: 0.05,
  replyRate: 0.06,
};

test("the sum of the bar's parts is the count of recipients", () => {
  const sum = partsOf(METRICS).reduce((total, { count }) => total + count, 0);
  expect(sum).toBe(METRICS.recipients);
});
