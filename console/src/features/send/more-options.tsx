import { Stack } from "@mantine/core";
import { Folded } from "@/shared/folded";
import { ReferenceField } from "@/shared/own-data";
import type { SendDraft } from "./order";

interface Props {
  draft: SendDraft;
  onChange: (changes: Partial<SendDraft>) => void;
  /** The reasons why the API refused fields. */
  fields?: Readonly<Record<string, string>>;
}

/** What few messages need. */
export function MoreOptions({ draft, onChange, fields }: Props) {
  return (
    <Folded label="More options">
      <Stack gap="sm">
        <ReferenceField
          value={draft.reference}
          onChange={(reference) => onChange({ reference })}
          error={fields?.reference}
        />
      </Stack>
    </Folded>
  );
}
