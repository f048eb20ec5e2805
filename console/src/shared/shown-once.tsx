import { Button, Checkbox, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";

interface Props {
  /** What it is, and where to keep it. */
  children: string;
  /** The secret, or several, each on a line of its own. */
  secret: string;
  /** The words of the check, if there are several. */
  stored?: string;
  onDone: () => void;
}

/** A secret that is shown this once. It goes away only after somebody said that it is stored. */
export function ShownOnce({ children, secret, stored = "I have stored it", onDone }: Props) {
  const [isStored, setStored] = useState(false);
  return (
    <Stack gap="md">
      <Text size="sm">{children}</Text>
      <Code block>{secret}</Code>
      <CopyButton value={secret}>
        {({ copied, copy }) => (
          <div>
            <Button variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          </div>
        )}
      </CopyButton>
      <Checkbox
        label={stored}
        checked={isStored}
        onChange={(event) => setStored(event.currentTarget.checked)}
      />
      <Group justify="flex-end">
        <Button disabled={!isStored} onClick={onDone}>
          Done
        </Button>
      </Group>
    </Stack>
  );
}
