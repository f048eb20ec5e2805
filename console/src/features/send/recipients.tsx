import type { Quote } from "@generated/api";
import { Button, Group, Input, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import type { ReactNode } from "react";
import { ContactChoice } from "@/shared/contact-choice";
import { counted, formatCount } from "@/shared/number";
import { MOST_NUMBERS, numbersIn, refusedLines, withoutRefused } from "./numbers";
import type { SendDraft } from "./order";

const SHOWN = 5;

interface Props {
  draft: SendDraft;
  onChange: (changes: Partial<SendDraft>) => void;
  /** The numbers that would get no text, or undefined while that is not known. */
  refusals: Quote["refusals"] | undefined;
  /** The reason why the API refused the recipients. */
  error?: string;
}

/** The recipients of the text: a contact, or phone numbers. */
export function Recipients({ draft, onChange, refusals, error }: Props) {
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Input.Label component="span">To</Input.Label>
        <SegmentedControl
          size="xs"
          aria-label="Who gets the text"
          data={[
            { value: "numbers", label: "Phone numbers" },
            { value: "contact", label: "A contact" },
          ]}
          value={draft.to}
          onChange={(to) => onChange({ to: to as SendDraft["to"] })}
        />
      </Group>
      {draft.to === "contact" ? (
        <ContactChoice
          value={draft.contact}
          onChange={(contact) => onChange({ contact })}
          error={refusals?.[0]?.message ?? error}
        />
      ) : (
        <Numbers draft={draft} onChange={onChange} refusals={refusals} error={error} />
      )}
    </Stack>
  );
}

function Numbers({ draft, onChange, refusals = [], error }: Props) {
  const count = numbersIn(draft.recipients).length;
  return (
    <>
      <Textarea
        aria-label="To"
        description={`Up to ${formatCount(MOST_NUMBERS)} phone numbers, each on a line of its own or separated by commas.`}
        placeholder="+1 415 555 0142"
        autosize
        minRows={2}
        maxRows={8}
        value={draft.recipients}
        onChange={(event) => onChange({ recipients: event.currentTarget.value })}
        error={errorOf(draft.recipients, refusals) ?? error}
        inputWrapperOrder={["label", "description", "input", "error"]}
      />
      {refusals.length > 0 && count > refusals.length && (
        <div>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => onChange({ recipients: withoutRefused(draft.recipients, refusals) })}
          >
            Remove {refusals.length === 1 ? "this number" : `these ${refusals.length} numbers`}
          </Button>
        </div>
      )}
    </>
  );
}

/** Return the reason why the numbers can't be used, or undefined. */
function errorOf(recipients: string, refusals: Quote["refusals"]): ReactNode {
  const count = numbersIn(recipients).length;
  if (count > MOST_NUMBERS) {
    return `${counted(count, "number")}. Import them as contacts, and send a campaign.`;
  }
  return refusals.length > 0 ? <Refused text={recipients} refusals={refusals} /> : undefined;
}

interface RefusedProps {
  text: string;
  refusals: Quote["refusals"];
}

function Refused({ text, refusals }: RefusedProps) {
  const lines = refusedLines(text, refusals);
  const isOne = numbersIn(text).length === 1;
  return (
    <>
      {lines.slice(0, SHOWN).map(({ line, to, message }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a number may be refused twice
        <span key={index} style={{ display: "block" }}>
          {line !== null && !isOne && `Line ${line}: `}
          {to}: {message}
        </span>
      ))}
      {lines.length > SHOWN && (
        <Text component="span" inherit>
          and {lines.length - SHOWN} more
        </Text>
      )}
    </>
  );
}
