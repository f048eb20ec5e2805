/** What is written on the screen, and the order that it makes. */
import type { Contact } from "@generated/api";
import { nameOf } from "@/features/contacts/names";
import { AT_ONCE, type Departure, type SendTime } from "@/shared/send-later";
import { numbersIn } from "./numbers";

export interface ChosenContact {
  id: string;
  phone: string;
  name: string;
}

export interface SendDraft {
  /** Whether a contact is texted, or the numbers that were pasted. */
  to: "contact" | "numbers";
  contact: ChosenContact | null;
  recipients: string;
  message: string;
  /** The template that the text comes from, as long as nobody has changed the text. */
  template: { id: string; content: string } | null;
  /** The values of placeholders. */
  variables: Record<string, string>;
  /** The addresses of pictures, one on each line. */
  pictures: string;
  /** When it leaves. */
  departure: Departure;
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
};

export interface Order {
  contactId: string | null;
  numbers: string[];
  message: string;
  /** The template, if the text is its text. */
  templateId: string | null;
  variables: Record<string, string>;
  mediaUrls: string[];
  priceVersion: string | undefined;
  /** When it leaves. Nothing, if it leaves at once. */
  when: SendTime;
}

/** Return the contact as the draft keeps it. */
export function chosen(contact: Contact): ChosenContact {
  return { id: contact.id, phone: contact.phone, name: nameOf(contact) ?? contact.phone };
}

/** Return the phone numbers that a draft is for. */
export function numbersOf({ to, contact, recipients }: SendDraft): string[] {
  if (to === "contact") return contact ? [contact.phone] : [];
  return numbersIn(recipients);
}

/** Return the addresses of the pictures. */
export function picturesOf({ pictures }: SendDraft): string[] {
  return pictures.split(/\s+/).filter((address) => address !== "");
}

/** Return the values of a text's placeholders: those of earlier texts are left out. */
export function valuesFor(
  placeholders: readonly string[],
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(placeholders.map((name) => [name, variables[name] ?? ""]));
}

/** Return the order that a draft makes. */
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
  };
}

/**
 * Return what is sent for an order. If the same order was sent before and got no answer, it is sent
 * again exactly as it was, with its price, so that it is the same deed.
 */
export function attemptOf(order: Order, open: unknown): Order {
  return isSameOrder(order, open) ? (open as Order) : order;
}

/** Whether an attempt was at the same order, at whatever price. */
export function isSameOrder(order: Order, open: unknown): boolean {
  if (open === null || typeof open !== "object") return false;
  const atAnyPrice = { priceVersion: undefined };
  return JSON.stringify({ ...open, ...atAnyPrice }) === JSON.stringify({ ...order, ...atAnyPrice });
}
