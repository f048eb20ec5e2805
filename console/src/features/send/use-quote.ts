import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { queries } from "@/client/client";

const AFTER_LAST_KEY_MS = 200;

/**
 * Ask for the price of a text to some numbers, shortly after the last key. The figure before is kept
 * meanwhile, and marked as old. An answer that was overtaken is dropped.
 */
export function useQuote(message: string, numbers: string[]) {
  const [asked] = useDebouncedValue({ message, numbers }, AFTER_LAST_KEY_MS);
  const quote = queries.useQuery(
    "post",
    "/api/sms/quote",
    { body: asked },
    { enabled: asked.message.trim() !== "", placeholderData: keepPreviousData, retry: false },
  );
  const isOld = asked.message !== message || asked.numbers.join() !== numbers.join();
  return {
    quote: message.trim() === "" ? undefined : quote.data,
    isStale: isOld || quote.isPlaceholderData,
    error: quote.error,
  };
}
