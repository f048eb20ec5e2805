import type { OnboardingStep } from "@generated/api";
import { expect, test } from "vitest";
import { nextOf } from "./steps";

const step = (kind: string, state: string) => ({ kind, state, since: null }) as OnboardingStep;

test("the next step is the first one that the organisation itself can do", () => {
  const steps = [step("email", "done"), step("registration", "waiting"), step("contacts", "todo")];
  expect(nextOf(steps)?.kind).toBe("contacts");
  expect(nextOf([step("registration", "waiting")])).toBeUndefined();
});
