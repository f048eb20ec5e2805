import type { Balance } from "@generated/api";
import { Text } from "@mantine/core";
import { queries } from "@/client/client";
import { formatMoney } from "@/shared/money";
import { daysWords } from "@/shared/number";

/** Whose balance pays, the sum of all balances, and how long it will last. */
export function Balances({ balance }: { balance: Balance }) {
  const dashboard = queries.useQuery("get", "/api/dashboard", {}, { staleTime: 60_000 });
  const daysLeft = dashboard.data?.balance?.daysLeft ?? null;
  return (
    <Text size="sm" c="dimmed" className="figures">
      {balance.payer === "organisation"
        ? "All members pay from the organisation's balance. "
        : "You pay from a balance of your own. "}
      {balance.totalBalanceCents !== balance.balanceCents &&
        `All balances together: ${formatMoney(balance.totalBalanceCents, balance.currency)}. `}
      {daysLeft !== null && `Enough for ${daysWords(daysLeft)} if you spend as much as last week.`}
    </Text>
  );
}
