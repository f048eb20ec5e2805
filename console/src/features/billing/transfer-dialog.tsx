import type { Member } from "@generated/api";
import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { formatMoney } from "@/shared/money";
import { MoneyInput } from "@/shared/money-input";
import { useCurrency } from "@/shared/use-organisation";
import { useTransfer } from "./queries";

const ORGANISATION = "organisation";
const FIELDS = ["fromUserId", "toUserId", "amountCents", "note"];

/** Move money between the balances of the organisation and its members. */
export function TransferDialog({ onClose }: { onClose: () => void }) {
  const [from, setFrom] = useState<string | null>(null);
  const [to, setTo] = useState<string | null>(null);
  const [cents, setCents] = useState<number | null>(null);
  const [note, setNote] = useState("");
  const currency = useCurrency();
  const members = queries.useQuery("get", "/api/org/members", {
    params: { query: { limit: 100 } },
  });
  const transfer = useTransfer();
  const transferOnce = useSingle(transfer);
  const choices = choicesOf(members.data?.items ?? []);
  const problem = transfer.error ?? members.error;
  const fields = problem ? asProblem(problem).fields : {};
  const isSame = from !== null && from === to;
  const isReady = from !== null && to !== null && !isSame && cents !== null && cents > 0;
  const move = () => {
    if (!isReady || cents === null) return;
    transferOnce({ fromUserId: idOf(from), toUserId: idOf(to), amountCents: cents, note });
  };
  if (transfer.data) {
    const { amountCents, fromBalanceCents, toBalanceCents } = transfer.data;
    return (
      <Modal opened onClose={onClose} title="Money moved">
        <Stack gap="md">
          <Text size="sm" role="status" className="figures">
            {formatMoney(amountCents, currency)} moved. {labelOf(choices, from)} has{" "}
            {formatMoney(fromBalanceCents, currency)} now, {labelOf(choices, to)}{" "}
            {formatMoney(toBalanceCents, currency)}.
          </Text>
          <Group justify="flex-end">
            <Button onClick={onClose}>Close</Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <Modal opened onClose={onClose} title="Move money between balances">
      <Stack gap="md">
        <FormBanner problem={problem ? asProblem(problem) : null} fields={FIELDS} />
        <Select
          label="From"
          placeholder="Choose a balance"
          data={choices}
          value={from}
          onChange={setFrom}
          error={fields.fromUserId}
          searchable
          openOnFocus={false}
          data-autofocus
        />
        <Select
          label="To"
          placeholder="Choose a balance"
          data={choices}
          value={to}
          onChange={setTo}
          error={isSame ? "Choose a different balance than in the first field." : fields.toUserId}
          searchable
        />
        <MoneyInput
          label="Amount"
          currency={currency}
          cents={cents}
          onChange={setCents}
          error={fields.amountCents}
        />
        <TextInput
          label="Note (optional)"
          description="It is shown in the transactions and in the audit log."
          maxLength={200}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          error={fields.note}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={transfer.isPending} disabled={!isReady} onClick={move}>
            {cents ? `Move ${formatMoney(cents, currency)}` : "Move the money"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface Choice {
  value: string;
  label: string;
}

function choicesOf(members: Member[]): Choice[] {
  const people = members.map(({ id, name, email }) => ({
    value: id,
    label: `${name} (${email})`,
  }));
  return [{ value: ORGANISATION, label: "The organisation" }, ...people];
}

const idOf = (choice: string | null) => (choice === ORGANISATION ? null : choice);

const labelOf = (choices: Choice[], value: string | null) =>
  choices.find((choice) => choice.value === value)?.label ?? "";
