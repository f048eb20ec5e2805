/** The words of the billing screens. */
import type { CardFailure, TransactionSourceInput } from "@generated/api";

export const SOURCES: Record<TransactionSourceInput, string> = {
  stripe: "Payment",
  sms: "Message",
  admin_adjust: "Correction",
  number: "Phone number",
  transfer: "Transfer",
};

/** The amounts that are offered for a top-up, in cents. */
export const PRESETS_CENTS = [2_000, 5_000, 10_000, 50_000] as const;

/** Why a saved card was not charged, and what to do. */
export const CARD_FAILURES: Record<CardFailure, string> = {
  declined: "The card was declined. Save another card, or turn automatic top-ups on again.",
  authentication_required:
    "The card's bank wants you to confirm the payment. Add funds once and save the card again.",
  payment_reversed:
    "A payment was refunded or disputed. Turn automatic top-ups on again if you want more of them.",
};
