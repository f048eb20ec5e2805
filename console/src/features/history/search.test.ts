import { expect, test } from "vitest";
import { exportObstacle, historySearchOf } from "./search";

const CAMPAIGN = "01a22a97-d582-7450-9e25-8eb0213f272a";

test("filters are read from the URL, and its other parameters are ignored", () => {
  const read = historySearchOf({
    status: "failed",
    from: "2026-03-01",
    to: "yesterday",
    campaignId: CAMPAIGN,
    contactId: "1; drop",
    errorCode: "30003",
    includeRetried: true,
  });
  expect(read).toEqual({
    status: "failed",
    from: "2026-03-01",
    campaignId: CAMPAIGN,
    errorCode: 30003,
    includeRetried: true,
  });
});

test("a filter that an export can't have is explained", () => {
  expect(exportObstacle({ status: "failed" })).toBeNull();
  expect(exportObstacle({ search: "doors" })).toMatch(/words/);
  expect(exportObstacle({ direction: "in" })).toMatch(/sent messages/);
});
