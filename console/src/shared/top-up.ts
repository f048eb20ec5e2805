import { useMutation } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";

const RETURN_TO = "smsblaster-return-to";
/** The least that can be paid in, in cents. */
export const LEAST_TOP_UP_CENTS = 100;

/**
 * Go to the payment page. With `returnTo`, the way back leads to that screen and not to the billing
 * screen; what was typed there has to be a draft.
 */
export function useTopUp(returnTo?: string) {
  const intent = useIntent();
  return useMutation({
    mutationFn: async (amountCents: number) => {
      const body = { amountCents };
      const headers = intent.headers(body);
      return (await api.POST("/api/billing/stripe/checkout", { body, headers })).data;
    },
    onSuccess: (checkout) => {
      intent.done();
      if (!checkout) return;
      if (returnTo) sessionStorage.setItem(RETURN_TO, returnTo);
      location.assign(checkout.sessionUrl);
    },
  });
}

/** Return the screen that wants to be returned to after a payment, once, or null. */
export function takeReturn(): string | null {
  const path = sessionStorage.getItem(RETURN_TO);
  sessionStorage.removeItem(RETURN_TO);
  return path;
}
