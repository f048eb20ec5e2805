import type { Quote } from "@generated/api";
import { Button, Group, Text } from "@mantine/core";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { LEAST_TOP_UP_CENTS, useTopUp } from "@/shared/top-up";

interface Props {
  quote: Quote;
  isStale: boolean;
  /** The screen to return to after a payment. */
  returnTo?: string;
}

/** The price of an order by country, and the balance after it. */
export function Cost({ quote, isStale, returnTo }: Props) {
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
  const missing = quote.totalCents - quote.balanceCents;
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
          Balance afterwards: {money(-missing)}.
        </Text>
      ) : (
        <>
          <Text size="sm" c="var(--sb-failed)">
            {money(missing)} more is needed.
          </Text>
          <TopUp missing={missing} money={money} returnTo={returnTo} />
        </>
      )}
      {quote.dailySpendLeftCents !== null && (
        <Text
          size="sm"
          c={quote.totalCents > quote.dailySpendLeftCents ? "var(--sb-failed)" : "dimmed"}
        >
          Left of today's limit: {money(quote.dailySpendLeftCents)}.
        </Text>
      )}
    </Group>
  );
}

interface TopUpProps {
  missing: number;
  money: (cents: number) => string;
  returnTo: string | undefined;
}

/** A button to pay in the missing amount, and then return to this screen. */
function TopUp({ missing, money, returnTo }: TopUpProps) {
  const pay = useTopUp(returnTo);
  const payOnce = useSingle(pay);
  const cents = Math.max(missing, LEAST_TOP_UP_CENTS);
  if (returnTo === undefined) {
    return (
      <TextLink to="/billing" size="sm">
        Add funds
      </TextLink>
    );
  }
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={pay.isPending}
        onClick={() => payOnce({ amountCents: cents })}
      >
        Add {money(cents)} and come back
      </Button>
      {pay.error && (
        <Text size="sm" role="alert">
          {asProblem(pay.error).message}
        </Text>
      )}
    </>
  );
}
