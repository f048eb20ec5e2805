import { useMutation } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { keepReturn } from "./return-to";

/** The smallest top-up, in cents. */
export const LEAST_TOP_UP_CENTS = 100;

interface TopUp {
  amountCents: number;
  /** Whether Stripe keeps the card for automatic top-ups. */
  saveCard?: boolean;
}

/**
 * Return the mutation that opens the payment page. With `returnTo`, the user returns to that screen
 * instead of the billing screen; anything typed there must be stored as a draft.
 */
export function useTopUp(returnTo?: string) {
  const intent = useIntent();
  return useMutation({
    mutationFn: async ({ amountCents, saveCard = false }: TopUp) => {
      const body = { amountCents, ...(saveCard ? { saveCard } : {}) };
      const headers = intent.headers(body);
      return (await api.POST("/api/billing/stripe/checkout", { body, headers })).data;
    },
    onSuccess: (checkout) => {
      intent.done();
      if (!checkout) return;
      if (returnTo) keepReturn(returnTo);
      location.assign(checkout.sessionUrl);
    },
  });
}
