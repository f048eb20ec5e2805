/** The fields of a registration by step. */
import { COMPANY, CONTACT } from "./company-fields";
import type { Field } from "./field";
import type { FormStep } from "./search";
import { CONSENT, CONTENT_QUESTIONS, USE_CASE } from "./use-case-fields";

/**
 * The fields of each step, in order. The sample texts are shown between the two parts of a use
 * case.
 */
export const FIELDS: Readonly<Record<FormStep, readonly Field[]>> = {
  company: COMPANY,
  contact: CONTACT,
  useCase: USE_CASE,
  consent: CONSENT,
};

const ALL = [...COMPANY, ...CONTACT, ...USE_CASE, ...CONTENT_QUESTIONS, ...CONSENT];

/** Return the label of a field by its name in the API. */
export function labelOf(name: string): string {
  if (name.startsWith("sampleMessages")) return "Sample texts";
  if (name === "address") return "Registered address";
  if (name === "contact") return "Contact";
  return ALL.find((field) => field.name === name)?.label ?? name;
}
