import { Text } from "@mantine/core";

/** Format integer cents in their currency, in the style of the browser's language. */
export function formatMoney(cents: number, currency: string): string {
  return new Intl.NumberFormat(undefined, {
    style: "currency",
    currency: currency.toUpperCase(),
  }).format(cents / 100);
}

/** An amount of money. In columns, amounts are aligned to the right. */
export function Money({ cents, currency }: { cents: number; currency: string }) {
  return (
    <Text component="span" inherit className="figures">
      {formatMoney(cents, currency)}
    </Text>
  );
}
