/** The texts of the first steps, and the screen where each is done. */
import type { OnboardingStep } from "@generated/api";

export interface StepPlace {
  name: string;
  /** Why the step is needed, or what to do. */
  why: string;
  /** The screen on which somebody takes this step. Null if the step has no screen. */
  to: string | null;
  /** How long the step usually takes if others do it. */
  howLong?: string;
}

export const PLACES: Readonly<Record<string, StepPlace | undefined>> = {
  email: {
    name: "Verify your email address",
    why: "Open the link in the email that we have sent you.",
    to: null,
  },
  account: {
    name: "Set up sending",
    why: "Your organisation gets an account of its own at the text provider. It costs nothing.",
    to: "/numbers",
  },
  balance: {
    name: "Add funds",
    why: "Texts and numbers are paid from a prepaid balance.",
    to: "/billing",
  },
  number: {
    name: "Get a phone number",
    why: "Texts are sent from this number, and answers come to it.",
    to: "/numbers",
  },
  registration: {
    name: "Register with the US carriers",
    why: "US carriers block texts from businesses that they don't know.",
    to: "/registration",
    howLong: "The carriers take some days, sometimes a few weeks.",
  },
  contacts: {
    name: "Add contacts",
    why: "Import a file, or add people by hand.",
    to: "/contacts/import",
  },
  first_delivery: {
    name: "Get the first text delivered",
    why: "Send one to your own phone.",
    to: "/send",
  },
};

/** Return the first step that the organisation can do now, or undefined if it only has to wait. */
export function nextOf(steps: OnboardingStep[]): OnboardingStep | undefined {
  return steps.find(({ state }) => state === "blocked" || state === "todo");
}
