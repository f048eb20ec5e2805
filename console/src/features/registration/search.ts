/** What of the registration stands in the address: the step, or none for the state of it all. */
export const STEPS = ["start", "company", "contact", "useCase", "consent", "check"] as const;
export type Step = (typeof STEPS)[number];

export interface RegistrationSearch {
  step?: Step;
}

/** The steps in which something is filled in. */
export const FORM_STEPS = ["company", "contact", "useCase", "consent"] as const;
export type FormStep = (typeof FORM_STEPS)[number];

/** Read the step. Anything else in the address is ignored. */
export function registrationSearchOf(search: Record<string, unknown>): RegistrationSearch {
  return { step: STEPS.find((known) => known === search.step) };
}

const CONSENT_FIELDS = new Set(["optInDesc", "privacyPolicyUrl", "termsUrl"]);
const USE_CASE_FIELDS = new Set([
  "useCase",
  "description",
  "sampleMessages",
  "hasEmbeddedLinks",
  "hasEmbeddedPhone",
  "ageGated",
  "directLending",
]);

/** Return the step in which a field of the API is filled in. */
export function stepOf(field: string): FormStep {
  const part = field.split(".")[0] ?? field;
  if (part === "contact") return "contact";
  if (CONSENT_FIELDS.has(part)) return "consent";
  return USE_CASE_FIELDS.has(part) ? "useCase" : "company";
}
