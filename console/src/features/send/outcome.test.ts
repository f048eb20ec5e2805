import { expect, test } from "vitest";
import { acceptedOf } from "./outcome";

const OUTCOME = { errors: [], priceCents: 2, isScheduled: false };

test("numbers that were there twice are told apart from refused ones", () => {
  const two = { ...OUTCOME, messageIds: ["a", "b"], duplicates: 0 };
  expect(acceptedOf(two)).toBe("2 messages accepted");
  expect(acceptedOf({ ...two, duplicates: 1 })).toBe("2 messages accepted (1 duplicate left out)");
});
