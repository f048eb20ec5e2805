/** The words of the billing screens. */
import type { TransactionSourceInput } from "@generated/api";

export const SOURCES: Record<TransactionSourceInput, string> = {
  stripe: "Payment",
  sms: "Message",
  admin_adjust: "Correction",
  number: "Phone number",
  transfer: "Transfer",
};

/** The amounts that are offered for a top-up, in cents. */
export const PRESETS_CENTS = [2_000, 5_000, 10_000, 50_000] as const;
