import { Stack, Text } from "@mantine/core";
import { asProblem } from "@/client/problem";
import { Folded } from "@/shared/folded";
import { FormBanner } from "@/shared/form";
import { Previews } from "@/shared/quote/previews";
import { QuoteFacts } from "@/shared/quote/quote-facts";
import { Failing } from "@/shared/states";
import type { NotificationPrice } from "./queries";

interface Props {
  price: NotificationPrice;
  /** Whether there is a text that can have a price. */
  hasText: boolean;
}

/** Who gets the text, what it costs, and how it will look. */
export function NotificationPriceFacts({
  price: { quote, isStale, error, renew },
  hasText,
}: Props) {
  if (error) {
    const problem = asProblem(error);
    return problem.isTemporary ? (
      <Failing problem={problem} onRetry={renew} />
    ) : (
      <FormBanner problem={problem} />
    );
  }
  if (!quote) {
    return (
      <Text size="sm" c="dimmed" role="status">
        {hasText ? "Counting the text of every attendee…" : "Write a text to see its price."}
      </Text>
    );
  }
  return (
    <Stack gap="md" aria-live="polite" aria-busy={isStale} style={{ opacity: isStale ? 0.6 : 1 }}>
      <QuoteFacts quote={quote} person="attendee" ifUnpaid="What you wrote is kept here." />
      {quote.previews.length > 0 && (
        <Folded label="How it will look">
          <Previews previews={quote.previews} />
        </Folded>
      )}
    </Stack>
  );
}
