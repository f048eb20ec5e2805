import type { Quote } from "@generated/api";
import { Stack, Text } from "@mantine/core";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { Failing } from "@/shared/states";
import { useCurrency } from "@/shared/use-organisation";
import type { AudienceSize } from "./queries";

interface Props {
  audience: {
    data: AudienceSize | undefined;
    error: Error | null;
    isFetching: boolean;
    refetch: () => Promise<unknown>;
  };
  quote: Quote | undefined;
  isStale: boolean;
}

/**
 * How many people get the text and about how much it costs. The exact price depends on the names in
 * it.
 */
export function AudiencePrice({ audience, quote, isStale }: Props) {
  const currency = useCurrency();
  const size = audience.data;
  if (audience.error) {
    return <Failing problem={asProblem(audience.error)} onRetry={() => void audience.refetch()} />;
  }
  if (size === undefined && audience.isFetching) {
    return (
      <Text size="sm" c="dimmed">
        Counting the attendees…
      </Text>
    );
  }
  return (
    <Stack gap={4} aria-live="polite" className="figures" style={{ opacity: isStale ? 0.6 : 1 }}>
      {size && <Text size="sm">{peopleSentence(size)}</Text>}
      {quote && <Text size="sm">{priceSentence(quote, size, currency)}</Text>}
      {quote && !quote.balanceCovers && (
        <Text size="sm" c="red">
          {formatMoney(quote.totalCents - quote.balanceCents, currency)} more is needed.{" "}
          <TextLink to="/billing" size="sm" underline="always">
            Add funds
          </TextLink>
        </Text>
      )}
      {quote && quote.refusals.length > 0 && (
        <Text size="sm" c="dimmed">
          {counted(quote.refusals.length, "attendee")} can't be texted, for example{" "}
          {quote.refusals[0]?.to}: {quote.refusals[0]?.message}
        </Text>
      )}
    </Stack>
  );
}

/** Describe how many people an audience has. */
export function peopleSentence({ numbers, withoutPhone, isPartial }: AudienceSize): string {
  const people = `${isPartial ? "More than " : ""}${counted(numbers.length, "attendee")}`;
  if (withoutPhone === 0) return `${people}.`;
  const without = counted(withoutPhone, "attendee without a number gets", "without a number get");
  return `${people}. ${without} nothing.`;
}

/**
 * Describe what the text costs. It is an estimate, because the placeholders are not filled yet.
 */
export function priceSentence(
  quote: Quote,
  size: AudienceSize | undefined,
  currency: string,
): string {
  if (quote.recipients === 0 || size === undefined) {
    const each = quote.destinations.map(
      (place) => `${formatMoney(place.minPriceCents, currency)} to ${place.country}`,
    );
    return each.length > 0 ? `About ${each.join(", ")} for each text.` : "";
  }
  const bound = size.isPartial ? "At least" : "About";
  const left = formatMoney(quote.balanceCents - quote.totalCents, currency);
  const after = quote.balanceCovers ? ` Balance afterwards: ${left}.` : "";
  return `${bound} ${formatMoney(quote.totalCents, currency)}. The exact price depends on the names in the text.${after}`;
}
