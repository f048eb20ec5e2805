/**
 * Converts the details of a registration to flat values, one for each filled-in field, and back to
 * the API's format. Values are always text; answers to questions are `yes`, `no` or empty.
 */
import type {
  A2pCampaignDetails,
  BrandDetails,
  BrandDetailsInput,
  SaveA2pCampaignDraftRequest,
} from "@generated/api";

export type Values = Readonly<Record<string, string>>;

/** The most samples that a registration may have. */
export const MOST_SAMPLES = 5;
const SAMPLES = Array.from({ length: MOST_SAMPLES }, (_, index) => sampleField(index));

/** Return the name of the field of a sample text. */
export function sampleField(index: number): string {
  return `sampleMessages.${index}`;
}

/** Return the sample texts that are filled in. */
export function samplesOf(values: Values): string[] {
  return SAMPLES.map((field) => textOf(values, field)).filter((sample) => sample !== "");
}

/** Return the values of a company's details. */
export function valuesOfCompany(details: BrandDetails | null): Values {
  if (details === null) return {};
  const { address, contact, ...plain } = details;
  return {
    ...textsOf(plain),
    ...textsOf(address ?? {}, "address."),
    ...textsOf(contact ?? {}, "contact."),
  };
}

/** Return a company's details. Without `only`, all of them; else the part with that field. */
export function detailsOfCompany(values: Values, only?: string): BrandDetailsInput {
  const text = (field: string) => textOf(values, field);
  const whole = {
    legalName: text("legalName"),
    ein: text("ein"),
    businessType: text("businessType"),
    industry: text("industry"),
    website: text("website"),
    companyType: text("companyType"),
    stockExchange: text("stockExchange"),
    stockTicker: text("stockTicker"),
    address: {
      street: text("address.street"),
      street2: text("address.street2") || undefined,
      city: text("address.city"),
      region: text("address.region"),
      postalCode: text("address.postalCode"),
      country: text("address.country") || undefined,
    },
    contact: {
      firstName: text("contact.firstName"),
      lastName: text("contact.lastName"),
      email: text("contact.email"),
      phone: text("contact.phone"),
      title: text("contact.title") || undefined,
      jobPosition: text("contact.jobPosition") || undefined,
    },
  } satisfies BrandDetailsInput;
  return partOf(whole, only);
}

/** Return the values of a use case's details. */
export function valuesOfUseCase(details: A2pCampaignDetails | null): Values {
  if (details === null) return {};
  const { sampleMessages, ...plain } = details;
  const samples = sampleMessages.map((sample, index) => [sampleField(index), sample] as const);
  return { ...textsOf(plain), ...Object.fromEntries(samples) };
}

/** Return a use case's details. Without `only`, all of them; else the part with that field. */
export function detailsOfUseCase(values: Values, only?: string): SaveA2pCampaignDraftRequest {
  const text = (field: string) => textOf(values, field);
  const whole = {
    useCase: text("useCase"),
    sampleMessages: samplesOf(values),
    optInDesc: text("optInDesc"),
    description: text("description"),
    hasEmbeddedLinks: answerOf(values, "hasEmbeddedLinks"),
    hasEmbeddedPhone: answerOf(values, "hasEmbeddedPhone"),
    ageGated: answerOf(values, "ageGated"),
    directLending: answerOf(values, "directLending"),
    privacyPolicyUrl: text("privacyPolicyUrl"),
    termsUrl: text("termsUrl"),
  } satisfies SaveA2pCampaignDraftRequest;
  return partOf(whole, only);
}

/**
 * Return whether a field differs from what was submitted. A field of an address counts as changed
 * if any part of the address did, and so do samples.
 */
export function hasChanged(name: string, values: Values, submitted: Values): boolean {
  const fields = Object.keys({ ...values, ...submitted }).filter(
    (field) => field === name || field.startsWith(`${name}.`),
  );
  return fields.some((field) => (values[field] ?? "") !== (submitted[field] ?? ""));
}

function textOf(values: Values, field: string): string {
  return values[field]?.trim() ?? "";
}

function answerOf(values: Values, field: string): boolean | undefined {
  return values[field] ? values[field] === "yes" : undefined;
}

/** Return the part of the details that a field belongs to: `address.city` belongs to `address`. */
function partOf<Details extends object>(whole: Details, only?: string): Partial<Details> {
  if (only === undefined) return whole;
  const name = only.split(".")[0] as keyof Details;
  return { [name]: whole[name] } as Partial<Details>;
}

function textsOf(details: object, prefix = ""): Values {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(details)) {
    if (typeof value === "boolean") found[prefix + name] = value ? "yes" : "no";
    else if (typeof value === "string") found[prefix + name] = value;
  }
  return found;
}
