import { useEffect } from "react";
import { asProblem } from "@/client/problem";

/** Request the price again after an order was refused because its price has changed. */
export function useNewPrice(error: unknown, renew: () => void): void {
  const hasNewPrice = error !== null && asProblem(error).code === "price_changed";
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs once for each refusal
  useEffect(() => {
    if (hasNewPrice) renew();
  }, [hasNewPrice]);
}
