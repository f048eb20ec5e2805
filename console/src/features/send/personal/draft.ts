/** The draft of a batch of personal texts, and the order (the API request) that is made from it. */
import type { BatchRecipientInput } from "@generated/api";
import { addressesIn } from "@/shared/picture-addresses";
import type { SendTime } from "@/shared/send-later";
import { EMPTY as EMPTY_SEND, optionsOf, type SendDraft, type SendOptions } from "../order";
import type { Mapping } from "./columns";
import type { Person } from "./people";

type Common = "message" | "template" | "pictures" | "departure" | "reference" | "from" | "validFor";

export interface PersonalDraft extends Pick<SendDraft, Common> {
  /** The people, as a table that was pasted, typed or read from a file. */
  table: string;
  /** What the columns hold, or null as long as the suggestion is used. */
  mapping: Mapping | null;
  /** Whether an empty cell is an empty value. Otherwise the person gets no text. */
  allowEmpty: boolean;
}

const { message, template, pictures, departure, reference, from, validFor } = EMPTY_SEND;

export const EMPTY: PersonalDraft = {
  table: "",
  mapping: null,
  allowEmpty: false,
  ...{ message, template, pictures, departure, reference, from, validFor },
};

export interface PersonalOrder {
  recipients: BatchRecipientInput[];
  message: string;
  mediaUrls: string[];
  priceVersion: string | undefined;
  when: SendTime;
  options: SendOptions;
}

/** Return the order that is made from a draft. */
export function personalOrderOf(
  draft: PersonalDraft,
  people: readonly Person[],
  priceVersion: string | undefined,
  when: SendTime,
): PersonalOrder {
  return {
    recipients: people.map(({ recipient }) => recipient),
    message: draft.message,
    mediaUrls: addressesIn(draft.pictures),
    priceVersion,
    when,
    options: optionsOf(draft),
  };
}
