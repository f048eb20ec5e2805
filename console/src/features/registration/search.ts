/** The step of the registration, which is part of the URL. Without one, the overview is shown. */
export const STEPS = ["start", "company", "contact", "useCase", "consent", "check"] as const;
export type Step = (typeof STEPS)[number];

export interface RegistrationSearch {
  step?: Step;
}

/** The steps with fields to fill in. */
export const FORM_STEPS = ["company", "contact", "useCase", "consent"] as const;
export type FormStep = (typeof FORM_STEPS)[number];

/** Read the step. Other URL parameters are ignored. */
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

/** Return the step that has the field with this API name. */
export function stepOf(field: string): FormStep {
  const part = field.split(".")[0] ?? field;
  if (part === "contact") return "contact";
  if (CONSENT_FIELDS.has(part)) return "consent";
  return USE_CASE_FIELDS.has(part) ? "useCase" : "company";
}
