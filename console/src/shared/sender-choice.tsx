import { Select } from "@mantine/core";
import { queries } from "@/client/client";
import { formatPhone } from "./phone";

interface Props {
  /** The chosen number, or empty to let the API choose. */
  value: string;
  onChange: (from: string) => void;
  /** The reason why the API refused the number. */
  error?: string;
  description?: string;
  /** The number of the conversation, which is used if none is chosen, as long as it can be. */
  conversations?: string | null;
  /** What the button that takes the choice back does. */
  clearLabel: string;
}

/**
 * Choose which of the messaging service's numbers sends a text. With one number there is nothing to
 * choose.
 */
export function SenderChoice({ value, onChange, conversations, clearLabel, ...more }: Props) {
  const numbers = queries.useQuery("get", "/api/twilio/numbers");
  const own = (numbers.data?.items ?? []).flatMap(({ phoneNumber, messagingServiceSid }) =>
    messagingServiceSid === null ? [] : [phoneNumber],
  );
  if (own.length < 2 && !value) return null;
  return (
    <Select
      label="From"
      placeholder={
        conversations && own.includes(conversations)
          ? `${formatPhone(conversations)}, as in this conversation`
          : "Any of your numbers"
      }
      data={choicesOf(own, value, numbers.isSuccess)}
      value={value || null}
      onChange={(from) => onChange(from ?? "")}
      clearable
      clearButtonProps={{ "aria-label": clearLabel }}
      {...more}
    />
  );
}

/** Return the numbers to choose from. One that was chosen earlier and is gone is shown as such. */
export function choicesOf(own: readonly string[], value: string, isKnown: boolean) {
  const choices = own.map((number) => ({ value: number, label: formatPhone(number) }));
  if (value === "" || own.includes(value)) return choices;
  const note = isKnown ? " (can't be used any more)" : "";
  return [...choices, { value, label: `${formatPhone(value)}${note}` }];
}
