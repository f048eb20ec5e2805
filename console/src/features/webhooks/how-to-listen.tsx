import { Button, Code, CopyButton, Group, Stack, Text, Title } from "@mantine/core";
import { isTestMode } from "@/client/mode";
import { TextLink } from "@/shared/links";

/** How to start a listener on a computer. */
export function HowToListen() {
  const mode = isTestMode ? "test" : "live";
  return (
    <Stack gap="sm" maw={640} component="section" aria-label="Start a listener">
      <Title order={2}>Start a listener</Title>
      <Text size="sm">
        The command <Code>smsblaster listen</Code> prints your webhooks as they happen. With{" "}
        <Code>--forward-to</Code> it sends them to a server on your computer, signed as a call to an
        endpoint is. It ends with Ctrl-C, or an hour after the program was last connected.
      </Text>
      <ol style={{ margin: 0, paddingInlineStart: "1.5em" }}>
        <Step command="pip install 'smsblaster[cli]'">Install the command line.</Step>
        <Step command={`smsblaster login --url ${location.origin}`}>
          Sign in with an{" "}
          <TextLink to="/settings/api-keys" size="sm" underline="always">
            API key
          </TextLink>{" "}
          that allows admin and read. Its mode must be {mode}: a listener hears only the mode of its
          key, and this screen shows those of {mode} mode.
        </Step>
        <Step command="smsblaster listen --forward-to http://localhost:3000/hooks">
          Listen. Leave out <Code>--forward-to</Code> to only print the webhooks. With{" "}
          <Code>--events message.received,message.failed</Code> it gets only these types.
        </Step>
      </ol>
      <Text size="sm" c="dimmed">
        An organisation can have 20 listeners. For a server that runs always, create an endpoint.
      </Text>
    </Stack>
  );
}

interface StepProps {
  command: string;
  children: React.ReactNode;
}

function Step({ command, children }: StepProps) {
  return (
    <li>
      <Text size="sm" component="div" mb={4}>
        {children}
      </Text>
      <Group gap="xs" mb="sm" wrap="nowrap" align="flex-start">
        <Code block flex={1} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {command}
        </Code>
        <CopyButton value={command}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              size="xs"
              onClick={copy}
              aria-label={copied ? "Copied" : `Copy ${command}`}
            >
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
    </li>
  );
}
