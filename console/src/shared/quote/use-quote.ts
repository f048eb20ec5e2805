import type { BatchRecipientInput } from "@generated/api";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { queries } from "@/client/client";

const AFTER_LAST_KEY_MS = 200;

interface Further {
  /** Values of placeholders. Without any, placeholders are counted as they are. */
  variables?: Record<string, string>;
  mediaUrls?: string[];
  /** The number to send from, if it is chosen. */
  from?: string;
  /** The recipients of a batch, each with their own values, instead of numbers. */
  recipients?: BatchRecipientInput[];
}

/**
 * Request the price of a text to some numbers, shortly after the last key press. Meanwhile the
 * previous price is kept and marked as old. If a newer request was made, an older answer is
 * ignored.
 */
export function useQuote(message: string, numbers: string[], further: Further = {}) {
  // A string, because two arrays of the same numbers are different objects.
  const wanted = JSON.stringify({ message, numbers, ...further });
  const [asked] = useDebouncedValue(wanted, AFTER_LAST_KEY_MS);
  const body: Further & { message: string; numbers: string[] } = JSON.parse(asked);
  const quote = queries.useQuery(
    "post",
    "/api/sms/quote",
    { body },
    { enabled: body.message.trim() !== "", placeholderData: keepPreviousData, retry: false },
  );
  return {
    quote: message.trim() === "" ? undefined : quote.data,
    isStale: asked !== wanted || quote.isPlaceholderData,
    error: quote.error,
    /** Requests the price again, for example after it has changed. */
    renew: () => void quote.refetch(),
  };
}
