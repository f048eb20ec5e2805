import { Select, Stack } from "@mantine/core";
import { queries } from "@/client/client";
import { Folded } from "@/shared/folded";
import { ReferenceField } from "@/shared/own-data";
import { formatPhone } from "@/shared/phone";
import type { SendDraft } from "./order";

interface Props {
  draft: SendDraft;
  onChange: (changes: Partial<SendDraft>) => void;
  /** The reasons why the API refused fields. */
  fields?: Readonly<Record<string, string>>;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const VALIDITIES = [
  { value: "0", label: "Any time" },
  { value: String(5 * MINUTE), label: "5 minutes" },
  { value: String(15 * MINUTE), label: "15 minutes" },
  { value: String(HOUR), label: "1 hour" },
  { value: String(6 * HOUR), label: "6 hours" },
  { value: String(DAY), label: "1 day" },
  { value: String(7 * DAY), label: "7 days" },
];

/** What few messages need. */
export function MoreOptions({ draft, onChange, fields }: Props) {
  return (
    <Folded label="More options">
      <Stack gap="sm">
        <SenderChoice draft={draft} onChange={onChange} error={fields?.from} />
        <Select
          label="Send it only within"
          description="If it takes longer, the text is not sent and not charged."
          data={VALIDITIES}
          value={String(draft.validFor)}
          onChange={(seconds) => onChange({ validFor: Number(seconds ?? 0) })}
          error={fields?.validFor}
          allowDeselect={false}
        />
        <ReferenceField
          value={draft.reference}
          onChange={(reference) => onChange({ reference })}
          error={fields?.reference}
        />
      </Stack>
    </Folded>
  );
}

interface SenderProps {
  draft: SendDraft;
  onChange: Props["onChange"];
  /** The reason why the API refused the number. */
  error?: string;
}

/** Choose one of the messaging service's numbers. With one number there is nothing to choose. */
function SenderChoice({ draft, onChange, error }: SenderProps) {
  const numbers = queries.useQuery("get", "/api/twilio/numbers");
  const own = (numbers.data?.items ?? []).filter((number) => number.messagingServiceSid !== null);
  if (own.length < 2 && !draft.from) return null;
  return (
    <Select
      label="From"
      description="The number that sends the text. No other number is used instead."
      placeholder="Any of your numbers"
      data={own.map(({ phoneNumber }) => ({
        value: phoneNumber,
        label: formatPhone(phoneNumber),
      }))}
      value={draft.from || null}
      onChange={(from) => onChange({ from: from ?? "" })}
      error={error}
      clearable
      clearButtonProps={{ "aria-label": "Use any of your numbers" }}
    />
  );
}
