import { Button, Checkbox, Group, NumberInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { queries } from "@/client/client";
import { isTestMode } from "@/client/mode";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { formatMoney } from "@/shared/money";
import { NotInTestMode } from "@/shared/not-in-test-mode";
import { formatCount } from "@/shared/number";
import { Failing, LoadingRows } from "@/shared/states";
import { Age } from "@/shared/time";
import { useTopUp } from "@/shared/top-up";
import { useMaySaveCard } from "./saving-cards";
import { PRESETS_CENTS } from "./words";

/**
 * The balance and how old it is, with a button to the payment page. `topUpCents` is the amount to
 * begin with, if a link asks for one.
 */
export function Balance({ topUpCents }: { topUpCents: number | undefined }) {
  const balance = queries.useQuery("get", "/api/billing/balance", {}, { staleTime: 5_000 });
  if (balance.data === undefined) {
    return balance.error ? (
      <Failing problem={asProblem(balance.error)} onRetry={() => void balance.refetch()} />
    ) : (
      <LoadingRows rows={2} />
    );
  }
  const { balanceCents, currency } = balance.data;
  return (
    <Stack gap="md">
      <div>
        <Text size="sm" c="dimmed">
          Balance
        </Text>
        <Group gap="xs" align="baseline">
          <Text size="xl" fw={600} className="figures">
            {formatMoney(balanceCents, currency)}
          </Text>
          <Age at={balance.dataUpdatedAt} />
        </Group>
      </div>
      {isTestMode ? (
        <NotInTestMode>
          This balance is a fixed one. No text of test mode lowers it, and nothing can be added.
        </NotInTestMode>
      ) : (
        <TopUp currency={currency} firstCents={topUpCents ?? PRESETS_CENTS[0]} />
      )}
    </Stack>
  );
}

/** Choose an amount, see how many segments it buys, and go to the payment page. */
function TopUp({ currency, firstCents }: { currency: string; firstCents: number }) {
  const [cents, setCents] = useState<number>(firstCents);
  const [saveCard, setSaveCard] = useState(false);
  const maySaveCard = useMaySaveCard();
  const prices = queries.useQuery("get", "/api/billing/prices", {}, { staleTime: 3_600_000 });
  const home = prices.data?.items.find((price) => price.country === "US");
  const pay = useTopUp();
  const payOnce = useSingle(pay);
  return (
    <Stack gap="xs" maw={560}>
      <FormBanner problem={pay.error ? asProblem(pay.error) : null} />
      <Group gap="xs" align="flex-end">
        {PRESETS_CENTS.map((preset) => (
          <Button
            key={preset}
            variant={preset === cents ? "light" : "default"}
            aria-pressed={preset === cents}
            onClick={() => setCents(preset)}
          >
            {formatMoney(preset, currency)}
          </Button>
        ))}
        <NumberInput
          label="Another amount"
          w={140}
          min={1}
          decimalScale={2}
          hideControls
          value={cents / 100}
          onChange={(value) => setCents(Math.round(Number(value) * 100))}
        />
      </Group>
      {maySaveCard && (
        <Checkbox
          label="Save the card for automatic top-ups"
          checked={saveCard}
          onChange={(event) => setSaveCard(event.currentTarget.checked)}
        />
      )}
      <Group gap="sm">
        <Button
          loading={pay.isPending}
          disabled={cents <= 0}
          onClick={() => payOnce({ amountCents: cents, saveCard })}
        >
          Add {formatMoney(cents, currency)}
        </Button>
        {home && home.centsPerSegment > 0 && (
          <Text size="sm" c="dimmed">
            This pays for {formatCount(Math.floor(cents / home.centsPerSegment))} segments to the
            US.
          </Text>
        )}
      </Group>
    </Stack>
  );
}
