import { Stack } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { isTestMode } from "@/client/mode";
import { PaymentReturn } from "@/shared/payment-return";
import { Screen } from "@/shared/screen";
import { AutomaticTopUpSection } from "./automatic-top-up";
import { Balance } from "./balance";
import { BillingActions } from "./billing-actions";
import { Ledger } from "./ledger";
import { Prices } from "./prices";

const route = getRouteApi("/app/billing");

/** The balance, top-ups, transactions and prices. */
export function BillingPage() {
  const { paid, topUp } = route.useSearch();
  return (
    <Screen title="Billing" actions={<BillingActions />}>
      <Stack gap="xl">
        {paid && <PaymentReturn sessionId={paid} />}
        <Balance topUpCents={topUp} />
        {!isTestMode && <AutomaticTopUpSection />}
        <Ledger />
        <Prices />
      </Stack>
    </Screen>
  );
}
