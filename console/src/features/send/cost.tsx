import type { Quote } from "@generated/api";
import { Anchor, Group, Text } from "@mantine/core";
import { queries } from "@/client/client";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";

/** What an order costs, by country, and what is left of the balance after it. */
export function Cost({ quote, isStale }: { quote: Quote; isStale: boolean }) {
  const balance = queries.useQuery("get", "/api/billing/balance");
  const currency = balance.data?.currency ?? "usd";
  const money = (cents: number) => formatMoney(cents, currency);
  if (quote.recipients === 0) {
    return (
      <Text size="sm" c="dimmed">
        {quote.destinations
          .map((place) => `${money(place.minPriceCents)} for each message to ${place.country}`)
          .join(", ")}
      </Text>
    );
  }
  return (
    <Group gap={4} style={{ opacity: isStale ? 0.6 : 1 }} aria-live="polite" className="figures">
      <Text size="sm">
        <b>{money(quote.totalCents)}</b> for {counted(quote.recipients, "message")}
        {quote.destinations.length > 1 &&
          ` (${quote.destinations.map((place) => `${place.country} ${money(place.totalCents)}`).join(", ")})`}
        {". "}
      </Text>
      {quote.balanceCovers ? (
        <Text size="sm" c="dimmed">
          Balance afterwards: {money(quote.balanceCents - quote.totalCents)}
        </Text>
      ) : (
        <Text size="sm" c="red">
          {money(quote.totalCents - quote.balanceCents)} more is needed.{" "}
          <Anchor href="/billing" size="sm">
            Add funds
          </Anchor>
        </Text>
      )}
      {quote.dailySpendLeftCents !== null && (
        <Text size="sm" c="dimmed">
          Left of today's limit: {money(quote.dailySpendLeftCents)}
        </Text>
      )}
    </Group>
  );
}
