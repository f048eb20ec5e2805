import { Text, TextInput } from "@mantine/core";
import { LONGEST_REFERENCE } from "./search-text";

interface FieldProps {
  value: string;
  onChange: (reference: string) => void;
  /** The reason why the API refused the reference. */
  error?: string;
}

/** The field for the organisation's own reference of a message or a campaign. */
export function ReferenceField({ value, onChange, error }: FieldProps) {
  return (
    <TextInput
      label="Reference"
      description="Your own reference, such as an order number. It is not sent with the text. You can find messages by it."
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      maxLength={LONGEST_REFERENCE}
    />
  );
}

interface Props {
  reference: string | null;
  metadata: Readonly<Record<string, string>>;
}

/** The organisation's own reference and data of a message or a campaign, if there are any. */
export function OwnData({ reference, metadata }: Props) {
  const entries = Object.entries(metadata);
  if (!reference && entries.length === 0) return null;
  return (
    <Text size="sm" c="dimmed" dir="auto" style={{ overflowWrap: "anywhere" }}>
      {reference && `Reference: ${reference}. `}
      {entries.map(([key, value]) => `${key}: ${value}`).join(", ")}
    </Text>
  );
}
