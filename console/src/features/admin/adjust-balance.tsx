import type { Adjustment } from "@generated/api";
import { Alert, Button, Group, Modal, Radio, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CheckCheck } from "lucide-react";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem, type Problem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { formatMoney } from "@/shared/money";
import { MoneyInput } from "@/shared/money-input";
import styles from "./admin.module.css";

interface Props {
  organisation: { id: string; name: string };
  /** The user whose own balance is adjusted; without a user, it is the organisation's balance. */
  user?: { id: string; name: string };
  onClose: () => void;
}

interface Values {
  direction: "add" | "take";
  amountCents: number | null;
  reason: string;
}

/**
 * Add money to a balance or take some from it, with a reason. Shows the balance before and after.
 */
export function AdjustBalance({ organisation, user, onClose }: Props) {
  const whose = user ? `the balance of ${user.name}` : `the balance of ${organisation.name}`;
  const [result, setResult] = useState<Adjustment | null>(null);
  const balances = queries.useQuery("get", "/api/admin/billing/balances", {
    params: { query: { orgIds: [organisation.id] } },
  });
  const form = useForm<Values>({
    initialValues: { direction: "add", amountCents: null, reason: "" },
    validate: {
      amountCents: (value) => (value ? null : "Enter an amount above 0."),
      reason: (value) => (value.trim() ? null : "Write the reason."),
    },
  });
  const adjust = useAdjust(organisation.id, user?.id, {
    onDone: setResult,
    onError: (problem) => showFieldErrors(form, problem),
  });
  const adjustOnce = useSingle(adjust);
  const currency = balances.data?.currency ?? "usd";
  const cents = centsOf(form.values);
  const now = balances.data?.items[0]?.balanceCents;
  if (result) {
    return <Adjusted whose={whose} result={result} currency={currency} onClose={onClose} />;
  }
  return (
    <Modal opened onClose={onClose} title={`Adjust ${whose}`}>
      <form
        noValidate
        onSubmit={form.onSubmit((values) =>
          adjustOnce({ amountCents: centsOf(values), reason: values.reason.trim() }),
        )}
      >
        <Stack gap="md">
          <FormBanner
            problem={adjust.error ? asProblem(adjust.error) : null}
            fields={fieldsOf(form)}
          />
          <Radio.Group label="What to do" {...form.getInputProps("direction")}>
            <Group mt={4}>
              <Radio value="add" label="Add money" data-autofocus />
              <Radio value="take" label="Take money" />
            </Group>
          </Radio.Group>
          <MoneyInput
            label="Amount"
            currency={currency}
            cents={form.values.amountCents}
            onChange={(amount) => form.setFieldValue("amountCents", amount)}
            error={form.errors.amountCents}
          />
          <TextInput
            label="Reason"
            description="The organisation sees the reason in its transactions and its audit log."
            maxLength={300}
            {...form.getInputProps("reason")}
          />
          <Sums
            label={`All balances of ${organisation.name}`}
            before={now}
            after={now === undefined ? undefined : now + cents}
            currency={currency}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={adjust.isPending}>
              {labelOf(cents, currency)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function centsOf({ direction, amountCents }: Values): number {
  const cents = amountCents ?? 0;
  return direction === "add" ? cents : -cents;
}

function labelOf(cents: number, currency: string): string {
  if (!cents) return "Adjust the balance";
  return `${cents > 0 ? "Add" : "Take"} ${formatMoney(Math.abs(cents), currency)}`;
}

interface SumsProps {
  label: string;
  before: number | undefined;
  after: number | undefined;
  currency: string;
}

/** A balance before and after. A value that is not known yet is shown as a dash. */
function Sums({ label, before, after, currency }: SumsProps) {
  const money = (cents?: number) => (cents === undefined ? "–" : formatMoney(cents, currency));
  return (
    <dl className={styles.sums} aria-label={label}>
      <dt>{label}</dt>
      <dd className="figures">{money(before)}</dd>
      <dt>Afterwards</dt>
      <dd className="figures">{money(after)}</dd>
    </dl>
  );
}

interface AdjustedProps {
  whose: string;
  result: Adjustment;
  currency: string;
  onClose: () => void;
}

function Adjusted({ whose, result, currency, onClose }: AdjustedProps) {
  const { amountCents, balanceCents } = result;
  const done = amountCents > 0 ? "added to" : "taken from";
  return (
    <Modal opened onClose={onClose} title="The balance is adjusted">
      <Stack gap="md">
        <Alert color="teal" role="status" icon={<CheckCheck aria-hidden />}>
          {formatMoney(Math.abs(amountCents), currency)} {done} {whose}.
        </Alert>
        <Sums
          label="Balance before"
          before={balanceCents - amountCents}
          after={balanceCents}
          currency={currency}
        />
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            Done
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface Order {
  amountCents: number;
  reason: string;
}

interface Answers {
  onDone: (done: Adjustment) => void;
  onError: (problem: Problem) => void;
}

function useAdjust(orgId: string, userId: string | undefined, { onDone, onError }: Answers) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (order: Order) => {
      const body = { orgId, userId, ...order };
      const headers = intent.headers(body);
      return (await api.POST("/api/admin/billing/adjust", { body, headers })).data;
    },
    onSuccess: (done) => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/admin/organisations"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/admin/billing/balances"] });
      if (done) onDone(done);
    },
    onError: (error) => onError(asProblem(error)),
  });
}
