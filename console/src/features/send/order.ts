/** The draft of a send, and the order (the API request) that is made from it. */
import type { ChosenContact } from "@/shared/contact-choice";
import { addressesIn } from "@/shared/picture-addresses";
import { AT_ONCE, type Departure, type SendTime } from "@/shared/send-later";
import { numbersIn } from "./numbers";

export interface SendDraft {
  /** Whether a contact or the pasted numbers are texted. */
  to: "contact" | "numbers";
  contact: ChosenContact | null;
  recipients: string;
  message: string;
  /** The template that the text comes from, as long as nobody has changed the text. */
  template: { id: string; content: string; variables?: string[] } | null;
  /** The values of placeholders. */
  variables: Record<string, string>;
  /** The URLs of pictures, one per line. */
  pictures: string;
  /** When the text is sent: now or later. */
  departure: Departure;
  /** The organisation's own reference, or empty. */
  reference: string;
  /** The number to send from, or empty to let the messaging service choose. */
  from: string;
  /** For how many seconds the text may be sent, or 0 for no limit. */
  validFor: number;
}

export const EMPTY: SendDraft = {
  to: "numbers",
  contact: null,
  recipients: "",
  message: "",
  template: null,
  variables: {},
  pictures: "",
  departure: AT_ONCE,
  reference: "",
  from: "",
  validFor: 0,
};

export interface Order {
  contactId: string | null;
  numbers: string[];
  message: string;
  /** The id of the template, if the text is unchanged. */
  templateId: string | null;
  variables: Record<string, string>;
  mediaUrls: string[];
  priceVersion: string | undefined;
  /** The time to send at, or nothing to send at once. */
  when: SendTime;
  options: SendOptions;
}

/** What is said about the messages, as the API takes it. */
export interface SendOptions {
  reference?: string;
  from?: string;
  validFor?: number;
}

/** Return the phone numbers that a draft is for. */
export function numbersOf({ to, contact, recipients }: SendDraft): string[] {
  if (to === "contact") return contact ? [contact.phone] : [];
  return numbersIn(recipients);
}

/** Return the URLs of the pictures. */
export function picturesOf({ pictures }: SendDraft): string[] {
  return addressesIn(pictures);
}

/**
 * Return the values of the placeholders in a text. Values for placeholders of earlier texts are
 * left out.
 */
export function valuesFor(
  placeholders: readonly string[],
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(placeholders.map((name) => [name, variables[name] ?? ""]));
}

/** Return the variables that the text should have: those of its template, and those with a value. */
export function expectedVariables({ template, variables }: SendDraft): string[] {
  const given = Object.keys(variables).filter((name) => variables[name] !== "");
  return [...new Set([...(template?.variables ?? []), ...given])];
}

/** Return the order that is made from a draft. */
export function orderOf(
  draft: SendDraft,
  placeholders: readonly string[],
  priceVersion: string | undefined,
  when: SendTime = {},
): Order {
  const isTemplate = draft.template?.content === draft.message;
  return {
    contactId: draft.to === "contact" ? (draft.contact?.id ?? null) : null,
    numbers: numbersOf(draft),
    message: draft.message,
    templateId: isTemplate ? (draft.template?.id ?? null) : null,
    variables: valuesFor(placeholders, draft.variables),
    mediaUrls: picturesOf(draft),
    priceVersion,
    when,
    options: optionsOf(draft),
  };
}

/** Return what is said about the messages. What was not chosen is left out. */
export function optionsOf({
  reference,
  from,
  validFor,
}: Pick<SendDraft, "reference" | "from" | "validFor">): SendOptions {
  return {
    ...(reference.trim() ? { reference: reference.trim() } : {}),
    ...(from ? { from } : {}),
    ...(validFor > 0 ? { validFor } : {}),
  };
}
