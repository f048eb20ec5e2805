import { Anchor, Textarea } from "@mantine/core";
import { useState } from "react";

interface Props {
  /** The addresses, one on each line. */
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** The addresses of pictures that go along. */
export function Pictures({ value, onChange, error }: Props) {
  const [isOpen, setOpen] = useState(false);
  if (!isOpen && value === "" && error === undefined) {
    return (
      <div>
        <Anchor component="button" type="button" size="sm" onClick={() => setOpen(true)}>
          Add pictures
        </Anchor>
      </div>
    );
  }
  return (
    <Textarea
      label="Pictures"
      description="The web addresses (https) of up to 10 pictures, each on a line of its own. A text with pictures has another price."
      autosize
      minRows={2}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
    />
  );
}
