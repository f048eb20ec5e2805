import type { BillingSettings, PayerInput, SendingSettings } from "@generated/api";
import { Radio, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { isManager } from "@/client/roles";
import { useUser } from "@/client/use-session";
import { useDraft } from "@/shared/drafts";
import { fieldError } from "@/shared/form";
import { FormSection } from "@/shared/form-section";
import { TextLink } from "@/shared/links";
import { Loaded } from "@/shared/loaded";
import { MoneyInput } from "@/shared/money-input";
import { Screen } from "@/shared/screen";
import { NotAllowed } from "@/shared/states";
import { useCurrency } from "@/shared/use-organisation";
import { AlertTest } from "./alert-test";
import { Limits } from "./limits";
import { useSaveBilling } from "./queries";
import { WhoIsTold } from "./who-is-told";

/** The billing settings: alerts, who pays, and spending limits. */
export function BillingSettingsPage() {
  const user = useUser();
  return (
    <Screen
      title="Alerts and limits"
      description={
        <TextLink to="/billing" size="sm" underline="always">
          Back to billing
        </TextLink>
      }
    >
      {isManager(user) ? (
        <Parts />
      ) : (
        <NotAllowed>Only owners and admins can change alerts and limits.</NotAllowed>
      )}
    </Screen>
  );
}

function Parts() {
  const billing = queries.useQuery("get", "/api/billing/settings");
  const sending = queries.useQuery("get", "/api/settings/sending");
  return (
    <Stack gap="xl">
      <Loaded query={billing}>
        {(settings: BillingSettings) => (
          <>
            <Alerts settings={settings} />
            <WhoIsTold settings={settings} />
            <WhoPays settings={settings} />
          </>
        )}
      </Loaded>
      <Loaded query={sending}>
        {(settings: SendingSettings) => <Limits settings={settings} />}
      </Loaded>
    </Stack>
  );
}

const ALERT_FIELDS = ["minBalanceCents", "notifyEmails", "smsAlertTo"] as const;

type AlertValues = Pick<BillingSettings, (typeof ALERT_FIELDS)[number]>;

function Alerts({ settings }: { settings: BillingSettings }) {
  const currency = useCurrency();
  const [typed, setTyped, forget] = useDraft<Partial<AlertValues> | null>("billing-alerts", null);
  const save = useSaveBilling(forget);
  const values = { ...settings, ...typed };
  const problem = save.error ? asProblem(save.error) : null;
  const change = (changes: Partial<AlertValues>) => setTyped({ ...typed, ...changes });
  return (
    <FormSection
      title="Low balance alerts"
      description="The sum of all balances is checked each morning (09:00 UTC). At most one alert is sent in 24 hours."
      problem={problem}
      fields={ALERT_FIELDS}
      isDirty={typed !== null}
      isSaving={save.isPending}
      onSave={() => save.mutate(values)}
      onReset={forget}
    >
      <MoneyInput
        label="Alert below"
        description={values.minBalanceCents === 0 ? "0 turns the alerts off." : undefined}
        currency={currency}
        cents={values.minBalanceCents}
        onChange={(cents) => change({ minBalanceCents: cents ?? 0 })}
        error={problem?.fields.minBalanceCents}
      />
      <TagsInput
        label="Email to"
        description="Press Enter after each address. At most ten."
        placeholder={values.notifyEmails.length === 0 ? "ann@example.com" : undefined}
        value={values.notifyEmails}
        onChange={(notifyEmails) => change({ notifyEmails })}
        maxTags={10}
        splitChars={[",", " ", ";"]}
        acceptValueOnBlur
        error={fieldError(problem, "notifyEmails")}
      />
      <TextInput
        label="Text to (optional)"
        description="The alert itself costs as much as any text."
        type="tel"
        placeholder="+1 415 555 0142"
        value={values.smsAlertTo ?? ""}
        onChange={(event) => change({ smsAlertTo: event.currentTarget.value || null })}
        error={problem?.fields.smsAlertTo}
      />
      <AlertTest />
    </FormSection>
  );
}

const PAYERS: { value: PayerInput; label: string; help: string }[] = [
  {
    value: "member",
    label: "Each member",
    help: "Everybody pays for what they send from a balance of their own.",
  },
  {
    value: "organisation",
    label: "The organisation",
    help: "All members share one balance.",
  },
];

function WhoPays({ settings }: { settings: BillingSettings }) {
  const [typed, setTyped, forget] = useDraft<PayerInput | null>("billing-payer", null);
  const save = useSaveBilling(forget);
  return (
    <FormSection
      title="Who pays"
      description="Campaigns that are already scheduled or running keep their payer."
      problem={save.error ? asProblem(save.error) : null}
      isDirty={typed !== null && typed !== settings.payer}
      isSaving={save.isPending}
      onSave={() => typed && save.mutate({ ...settings, payer: typed })}
      onReset={forget}
    >
      <Radio.Group
        aria-label="Who pays"
        value={typed ?? settings.payer}
        onChange={(value) => setTyped(value as PayerInput)}
      >
        <Stack gap="xs">
          {PAYERS.map(({ value, label, help }) => (
            <Radio key={value} value={value} label={label} description={help} />
          ))}
        </Stack>
      </Radio.Group>
      <Text size="sm" c="dimmed">
        Money moves between balances by a{" "}
        <TextLink to="/billing" size="sm" underline="always">
          transfer
        </TextLink>
        .
      </Text>
    </FormSection>
  );
}
