import { Select, Stack } from "@mantine/core";
import { Folded } from "@/shared/folded";
import { ReferenceField } from "@/shared/own-data";
import { SenderChoice } from "@/shared/sender-choice";
import type { SendDraft } from "./order";

type Further = Pick<SendDraft, "from" | "validFor" | "reference">;

interface Props {
  draft: Further;
  onChange: (changes: Partial<Further>) => void;
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
        <SenderChoice
          description="The number that sends the text. No other number is used instead."
          clearLabel="Use any of your numbers"
          value={draft.from}
          onChange={(from) => onChange({ from })}
          error={fields?.from}
        />
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
