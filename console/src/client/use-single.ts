import type { MutateOptions } from "@tanstack/react-query";
import { useRef } from "react";

interface Mutation<Result, Order> {
  mutate: (order: Order, options: MutateOptions<Result, Error, Order>) => void;
}

interface Options<Result> {
  onSuccess?: (result: Result) => void;
}

/**
 * Return a function that starts a request, and ignores further presses until it has ended. The
 * button is shown as busy only a moment after the press, which is too late for a double click.
 */
export function useSingle<Result, Order>({ mutate }: Mutation<Result, Order>) {
  const isBusy = useRef(false);
  return (order: Order, { onSuccess }: Options<Result> = {}): void => {
    if (isBusy.current) return;
    isBusy.current = true;
    mutate(order, {
      onSuccess,
      onSettled: () => {
        isBusy.current = false;
      },
    });
  };
}
