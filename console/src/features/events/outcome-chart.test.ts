import { expect, test } from "vitest";
import { findingOf, pointsOf } from "./outcome-chart";

const NONE = { queued: 0, sent: 0, delivered: 0, failed: 0, undelivered: 0 };
const OUTCOMES = [
  { notificationType: "invitation" as const, byStatus: { ...NONE, delivered: 3, failed: 1 } },
  { notificationType: "question_set" as const, byStatus: { ...NONE, sent: 2 } },
];
const SUMMARY = {
  total: 6,
  byStatus: { ...NONE, delivered: 3, failed: 1, sent: 2 },
  byType: {
    invitation: 4,
    rsvp_reminder: 0,
    match_reveal: 0,
    event_reminder: 0,
    new_rsvps: 0,
    question_set: 2,
  },
  deliveryRate: 0.75,
  failedMessages: [],
  outcomes: OUTCOMES,
};

test("each type of text has a bar that is divided by status", () => {
  expect(pointsOf(SUMMARY).map(({ label, values }) => [label, values.Delivered])).toEqual([
    ["Invitation", 3],
    ["Question Set", 0],
  ]);
});

test("the title says what share was delivered, and where it failed", () => {
  expect(findingOf(SUMMARY)).toBe("75% of 4 texts delivered; most failures: Invitation");
  expect(findingOf({ ...SUMMARY, byStatus: { ...NONE, sent: 6 } })).toBe(
    "No text has a result yet",
  );
});
