import { Alert, Code, Loader } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { CheckCheck, Clock } from "lucide-react";
import { useEffect, useState } from "react";
import { queries } from "@/client/client";

const ASK_EVERY_MS = 2_000;
const LATE_AFTER_MS = 60_000;
const ASK_LATE_EVERY_MS = 20_000;

/**
 * The result of a payment, shown after the return from the payment page. The return alone proves
 * nothing, so the platform is asked whether the money has arrived. After a minute it is asked less
 * often, and the screen says what to do.
 */
export function PaymentReturn({ sessionId }: { sessionId: string }) {
  const [isLate, setLate] = useState(false);
  const cache = useQueryClient();
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const checkout = queries.useQuery(
    "get",
    "/api/billing/stripe/checkout/{sessionId}",
    { params: { path: { sessionId } } },
    {
      staleTime: 0,
      refetchInterval: ({ state }) => {
        if (state.data?.transactionId) return false;
        return isLate ? ASK_LATE_EVERY_MS : ASK_EVERY_MS;
      },
    },
  );
  const hasArrived = Boolean(checkout.data?.transactionId);
  useEffect(() => {
    if (hasArrived) void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
  }, [hasArrived, cache]);
  if (hasArrived) {
    return (
      <Alert color="teal" icon={<CheckCheck aria-hidden />} role="status">
        Your payment was received. It is on your balance.
      </Alert>
    );
  }
  if (isLate) {
    return (
      <Alert color="orange" icon={<Clock aria-hidden />} role="status">
        Your payment has not arrived yet. It is added to the balance as soon as Stripe confirms it;
        you don't need to pay again, and you can leave this page. If it is missing after a day, give
        support the number of the payment: <Code>{sessionId}</Code>
      </Alert>
    );
  }
  return (
    <Alert color="blue" icon={<Loader size={16} />} role="status">
      Your payment is on its way.
    </Alert>
  );
}
