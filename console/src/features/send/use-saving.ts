import type { Quote } from "@generated/api";
import { queries } from "@/client/client";
import { replaceAll, replacementOf } from "@/shared/message-box/replacements";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { useQuote } from "@/shared/quote/use-quote";

/**
 * Return how much is saved if the characters that need Unicode are replaced, or undefined if
 * nothing is.
 */
export function useSaving(
  message: string,
  numbers: string[],
  quote: Quote | undefined,
): string | undefined {
  const balance = queries.useQuery("get", "/api/billing/balance");
  const guilty = quote?.forcingCharacters.map(({ character }) => character) ?? [];
  const replaceable = guilty.filter((character) => replacementOf(character) !== null);
  const better = replaceAll(message, replaceable);
  const cheaper = useQuote(better === message ? "" : better, numbers).quote;
  if (!quote || !cheaper) return undefined;
  const cents = quote.totalCents - cheaper.totalCents;
  if (cents > 0) return `saves ${formatMoney(cents, balance.data?.currency ?? "usd")}`;
  const segments = quote.segments - cheaper.segments;
  return segments > 0 ? `saves ${counted(segments, "segment")}` : undefined;
}
