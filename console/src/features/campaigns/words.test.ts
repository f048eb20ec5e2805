import type { Campaign, CampaignMetrics } from "@generated/api";
import { expect, test } from "vitest";
import { paceSentence, statusSentence } from "./words";

const NOW = new Date("2026-03-01T12:00:00Z");
const METRICS = { recipients: 3_201, pending: 201 } as CampaignMetrics;

function campaign(changes: Partial<Campaign>): Campaign {
  return { status: "done", finishedAt: null, listSize: 10_000, ...changes } as Campaign;
}

test("a paused campaign shows the reason and the progress in a sentence each", () => {
  const paused = campaign({ status: "paused", statusMessage: "The balance is used up." });
  expect(statusSentence(paused, METRICS)).toBe(
    "Paused: The balance is used up. 3,000 of 10,000 handled.",
  );
});

test("results are final some hours after the end", () => {
  const at = (finishedAt: string) => statusSentence(campaign({ finishedAt }), METRICS, NOW);
  expect(at("2026-03-01T11:00:00Z")).toMatch(/final in some hours/);
  expect(at("2026-03-01T07:00:00Z")).toMatch(/results are final/);
});

test("the pace is shown with the time that is left", () => {
  const running = campaign({
    status: "running",
    messagesPerMinute: 600,
    expectedEndAt: "2026-03-01T12:12:00Z",
  });
  expect(paceSentence(running, NOW)).toBe("600 messages a minute, about 12 min left.");
  expect(paceSentence(campaign({ messagesPerMinute: null }), NOW)).toBeNull();
});
