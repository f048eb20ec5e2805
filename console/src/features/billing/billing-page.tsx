import { Stack } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { isTestMode } from "@/client/mode";
import { PaymentReturn } from "@/shared/payment-return";
import { Screen } from "@/shared/screen";
import { AutomaticTopUpSection } from "./automatic-top-up";
import { Balance } from "./balance";
import { Balances } from "./balances";
import { Ledger } from "./ledger";
import { Prices } from "./prices";

const route = getRouteApi("/app/billing");

/** The balance, top-ups, transactions and prices. */
export function BillingPage() {
  const { paid, topUp } = route.useSearch();
  return (
    <Screen title="Billing">
      <Stack gap="xl">
        {paid && <PaymentReturn sessionId={paid} />}
        <Balance topUpCents={topUp} />
        {!isTestMode && <AutomaticTopUpSection />}
        {!isTestMode && <Balances />}
        <Ledger />
        <Prices />
      </Stack>
    </Screen>
  );
}
