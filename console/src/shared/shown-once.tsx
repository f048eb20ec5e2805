import { Button, Checkbox, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";

interface Props {
  /** The text that says what the secret is, and where to store it. */
  children: string;
  /** The secret. Several secrets are each on their own line. */
  secret: string;
  /** The label of the checkbox, if it differs from the default. */
  stored?: string;
  onDone: () => void;
}

/**
 * A secret that is shown only once. It is closed only after the user has confirmed that it is
 * stored.
 */
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
