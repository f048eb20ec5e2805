import type { SendingSettings } from "@generated/api";
import { MultiSelect, Progress, Stack, Text } from "@mantine/core";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useDraft } from "@/shared/drafts";
import { fieldError } from "@/shared/form";
import { FormSection } from "@/shared/form-section";
import { formatMoney } from "@/shared/money";
import { MoneyInput } from "@/shared/money-input";
import { useCurrency } from "@/shared/use-organisation";
import { useSaveLimits } from "./queries";

const COUNTRIES = new Intl.DisplayNames(undefined, { type: "region" });
const HOUR_MS = 3_600_000;

const FIELDS = ["allowedCountries", "maxPriceCentsPerMessage", "dailySpendCapCents"] as const;

type Values = Pick<SendingSettings, (typeof FIELDS)[number] | "version">;

/** The spending limits: for a day, for a single text, and the allowed countries. */
export function Limits({ settings }: { settings: SendingSettings }) {
  const currency = useCurrency();
  const prices = queries.useQuery("get", "/api/billing/prices", {}, { staleTime: HOUR_MS });
  const [typed, setTyped, forget] = useDraft<Partial<Values> | null>("billing-limits", null);
  const save = useSaveLimits(forget);
  const values: Values = { ...settings, ...typed };
  const problem = save.error ? asProblem(save.error) : null;
  const change = (changes: Partial<Values>) => setTyped({ ...typed, ...changes });
  const known = (prices.data?.items ?? []).map(({ country }) => country);
  const choices = [...new Set([...known, ...values.allowedCountries])];
  return (
    <FormSection
      title="Limits"
      description="Texts beyond a limit are refused before they cost anything."
      problem={problem}
      fields={FIELDS}
      isDirty={typed !== null}
      isSaving={save.isPending}
      onSave={() => save.mutate(values)}
      onReset={forget}
    >
      <Stack gap={6}>
        <MoneyInput
          label="Daily limit"
          description="For all texts and look-ups of a day (UTC). Empty means no limit."
          currency={currency}
          cents={values.dailySpendCapCents}
          onChange={(dailySpendCapCents) => change({ dailySpendCapCents })}
          error={problem?.fields.dailySpendCapCents}
          placeholder="No limit"
        />
        <SpentToday settings={settings} currency={currency} />
      </Stack>
      <MoneyInput
        label="Highest price of one text"
        description="Long texts have several segments, each with its price. Empty means no limit."
        currency={currency}
        cents={values.maxPriceCentsPerMessage}
        onChange={(maxPriceCentsPerMessage) => change({ maxPriceCentsPerMessage })}
        error={problem?.fields.maxPriceCentsPerMessage}
        placeholder="No limit"
      />
      <MultiSelect
        label="Only these countries"
        description="Empty means every country with a price."
        placeholder={values.allowedCountries.length === 0 ? "All countries" : undefined}
        data={choices.map((country) => ({ value: country, label: nameOf(country) }))}
        value={values.allowedCountries}
        onChange={(allowedCountries) => change({ allowedCountries })}
        searchable
        clearable
        clearButtonProps={{ "aria-label": "Allow all countries" }}
        error={fieldError(problem, "allowedCountries")}
      />
    </FormSection>
  );
}

function SpentToday({ settings, currency }: { settings: SendingSettings; currency: string }) {
  const { spentTodayCents, dailySpendCapCents } = settings;
  const spent = formatMoney(spentTodayCents, currency);
  if (dailySpendCapCents === null) {
    return (
      <Text size="xs" c="dimmed" className="figures">
        {spent} spent today
      </Text>
    );
  }
  const share = dailySpendCapCents === 0 ? 100 : (100 * spentTodayCents) / dailySpendCapCents;
  return (
    <Stack gap={4} maw={260}>
      <Progress value={Math.min(100, share)} aria-label="Spent of the daily limit" />
      <Text size="xs" c="dimmed" className="figures">
        {spent} of {formatMoney(dailySpendCapCents, currency)} spent today
      </Text>
    </Stack>
  );
}

function nameOf(country: string): string {
  return COUNTRIES.of(country) ?? country;
}
