import type { AutomaticTopUp, SavedCard } from "@generated/api";
import { Alert, Button, Group, Progress, Stack, Switch, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { useDraft } from "@/shared/drafts";
import { FormSection } from "@/shared/form-section";
import { Loaded } from "@/shared/loaded";
import { formatMoney } from "@/shared/money";
import { MoneyInput } from "@/shared/money-input";
import { RelativeTime } from "@/shared/time";
import { useCurrency } from "@/shared/use-organisation";
import { useDeleteCard, useSaveAutomaticTopUp } from "./queries";
import { useMaySaveCard } from "./saving-cards";
import { CARD_FAILURES } from "./words";

const TITLE = "Automatic top-ups";
const DESCRIPTION =
  "A saved card adds funds when the balance is low, so that no campaign stops in the night.";

/** When and how much a saved card tops the balance up, and the card. */
export function AutomaticTopUpSection() {
  const found = queries.useQuery("get", "/api/billing/automatic-top-up");
  const mayChange = useMaySaveCard();
  return (
    <Loaded query={found} rows={2}>
      {(stored: AutomaticTopUp) =>
        mayChange ? <Section stored={stored} /> : <Summary stored={stored} />
      }
    </Loaded>
  );
}

/** What is set, for members who can't change it. */
function Summary({ stored }: { stored: AutomaticTopUp }) {
  const currency = useCurrency();
  if (!stored.enabled || stored.failure || stored.isLimitReached) return null;
  return (
    <Text size="sm" c="dimmed">
      Below {formatMoney(stored.thresholdCents, currency)} a saved card adds{" "}
      {formatMoney(stored.amountCents, currency)} to the organisation's balance. Owners and admins
      can change this.
    </Text>
  );
}

function Section({ stored }: { stored: AutomaticTopUp }) {
  if (stored.card) return <Rule stored={stored} card={stored.card} />;
  return (
    <Stack gap={4} maw={560} component="section" aria-label={TITLE}>
      <Title order={2}>{TITLE}</Title>
      <Text size="sm" c="dimmed">
        {DESCRIPTION} No card is saved yet: tick “Save the card for automatic top-ups” when you add
        funds.
      </Text>
    </Stack>
  );
}

const FIELDS = ["enabled", "thresholdCents", "amountCents", "dailyLimitCents"] as const;

type Values = Pick<AutomaticTopUp, (typeof FIELDS)[number]>;

function Rule({ stored, card }: { stored: AutomaticTopUp; card: SavedCard }) {
  const currency = useCurrency();
  const [typed, setTyped, forget] = useDraft<Partial<Values> | null>(
    `automatic-top-up-${stored.payer}`,
    null,
  );
  const save = useSaveAutomaticTopUp(forget);
  // After a failure the card pays nothing until somebody turns the top-ups on again.
  const isOn = stored.enabled && stored.failure === null;
  const values = { ...stored, enabled: isOn, ...typed };
  const problem = save.error ? asProblem(save.error) : null;
  const change = (changes: Partial<Values>) => setTyped({ ...typed, ...changes });
  return (
    <FormSection
      title={TITLE}
      description={DESCRIPTION}
      problem={problem}
      fields={FIELDS}
      isDirty={typed !== null}
      isSaving={save.isPending}
      onSave={() => save.mutate(values)}
      onReset={forget}
    >
      <State stored={stored} currency={currency} />
      <Card card={card} />
      <Switch
        label="Top up automatically"
        checked={values.enabled}
        onChange={(event) => change({ enabled: event.currentTarget.checked })}
        error={problem?.fields.enabled}
      />
      <MoneyInput
        label="When the balance is below"
        currency={currency}
        cents={values.thresholdCents}
        onChange={(cents) => change({ thresholdCents: cents ?? 0 })}
        error={problem?.fields.thresholdCents}
      />
      <MoneyInput
        label="Add each time"
        currency={currency}
        cents={values.amountCents}
        onChange={(cents) => change({ amountCents: cents ?? 0 })}
        error={problem?.fields.amountCents}
      />
      <Stack gap={6}>
        <MoneyInput
          label="Limit for 24 hours"
          currency={currency}
          cents={values.dailyLimitCents}
          onChange={(cents) => change({ dailyLimitCents: cents ?? 0 })}
          error={problem?.fields.dailyLimitCents}
        />
        <Paid stored={stored} currency={currency} />
      </Stack>
    </FormSection>
  );
}

/** Why nothing is topped up although it is turned on. */
function State({ stored, currency }: { stored: AutomaticTopUp; currency: string }) {
  if (stored.failure && stored.failedAt) {
    return (
      <Alert color="red" title="Automatic top-ups have stopped">
        {CARD_FAILURES[stored.failure]} <RelativeTime at={stored.failedAt} />
      </Alert>
    );
  }
  if (stored.enabled && stored.isLimitReached) {
    return (
      <Alert color="orange" title="The limit for 24 hours is reached">
        Another {formatMoney(stored.amountCents, currency)} would exceed the limit. Add funds
        yourself, or raise the limit.
      </Alert>
    );
  }
  return null;
}

function Card({ card }: { card: SavedCard }) {
  const [isAsking, ask] = useDisclosure(false);
  const remove = useDeleteCard(ask.close);
  const month = String(card.expMonth).padStart(2, "0");
  return (
    <Group gap="sm">
      <Text size="sm">
        <Text span tt="capitalize" inherit>
          {card.brand}
        </Text>{" "}
        ending in {card.last4}, expires {month}/{card.expYear}
      </Text>
      <Button variant="subtle" size="compact-sm" color="red" onClick={ask.open}>
        Delete the card
      </Button>
      <Confirm
        isOpen={isAsking}
        onClose={ask.close}
        title={`Delete the card ending in ${card.last4}?`}
        confirmLabel="Delete the card"
        isDestructive
        isBusy={remove.isPending}
        problem={remove.error ? asProblem(remove.error) : null}
        onConfirm={() => remove.mutate()}
      >
        Automatic top-ups are turned off. A payment that has already begun is completed.
      </Confirm>
    </Group>
  );
}

function Paid({ stored, currency }: { stored: AutomaticTopUp; currency: string }) {
  const share = (100 * stored.paidCents) / stored.dailyLimitCents;
  return (
    <Stack gap={4} maw={260}>
      <Progress
        value={Math.min(100, share)}
        aria-label="Paid in the last 24 hours, out of the limit"
      />
      <Text size="xs" c="dimmed" className="figures">
        {formatMoney(stored.paidCents, currency)} of {formatMoney(stored.dailyLimitCents, currency)}{" "}
        paid in the last 24 hours
      </Text>
    </Stack>
  );
}
