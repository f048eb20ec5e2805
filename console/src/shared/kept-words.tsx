import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";

interface Props {
  /** Whether the form has words that were not saved. Counts only when the form is opened. */
  isKept: boolean;
  /** Empties the form, or shows again what is stored. */
  onStartOver: () => void;
}

/** Says that a form has opened with words that were typed earlier. They can be discarded. */
export function KeptWords({ isKept, onStartOver }: Props) {
  const [isShown, setShown] = useState(isKept);
  if (!isShown) return null;
  return (
    <Group gap="xs" wrap="nowrap" justify="space-between">
      <Text size="sm" c="dimmed">
        What you typed before is still here.
      </Text>
      <Button
        size="compact-sm"
        variant="subtle"
        onClick={() => {
          setShown(false);
          onStartOver();
        }}
      >
        Start over
      </Button>
    </Group>
  );
}
