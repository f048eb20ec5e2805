import { expect, test } from "vitest";
import { outcomeOf } from "./outcome";

const letter = (outcome: "replayed" | "already_handled" | "failed") => ({
  id: crypto.randomUUID(),
  outcome,
  error: outcome === "failed" ? "The bus does not answer." : null,
});

test("a replay of all dead letters is called complete", () => {
  const items = [letter("replayed"), letter("replayed")];
  const outcome = outcomeOf({ items, replayed: 2, remaining: 0, nextCursor: null });
  expect(outcome).toEqual({
    isComplete: true,
    sentence: "2 of 2 dead letters sent again.",
    failed: [],
  });
});

test("a replay of only some dead letters says what is missing", () => {
  const items = [letter("replayed"), letter("failed"), letter("already_handled")];
  const outcome = outcomeOf({ items, replayed: 1, remaining: 3, nextCursor: null });
  expect(outcome.isComplete).toBe(false);
  expect(outcome.sentence).toBe(
    "1 of 3 dead letters sent again, 1 could not be sent, " +
      "1 left out, because they were handled meanwhile, 3 of this group still waiting.",
  );
  expect(outcome.failed).toHaveLength(1);
});
