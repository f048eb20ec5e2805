/** The states of a screen that has no data to show: loading, empty, failing, not allowed. */
import { Alert, Button, Code, CopyButton, Group, Skeleton, Stack, Text } from "@mantine/core";
import { CircleAlert, Lock } from "lucide-react";
import type { ReactNode } from "react";
import type { Problem } from "@/client/problem";

const ROW_HEIGHT = 44;

/** Placeholders of the height that the rows will have, so that nothing moves when they come. */
export function LoadingRows({ rows = 8 }: { rows?: number }) {
  return (
    <Stack gap={1} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the placeholders are all alike
        <Skeleton key={row} height={ROW_HEIGHT} radius="sm" />
      ))}
    </Stack>
  );
}

interface EmptyProps {
  /** One sentence that says what will be here. */
  children: ReactNode;
  /** The button that begins it. */
  action?: ReactNode;
}

/** What a list shows that has nothing in it yet. */
export function Empty({ children, action }: EmptyProps) {
  return (
    <Stack align="flex-start" gap="md" py="xl" data-begins={action !== undefined}>
      <Text c="dimmed" maw={560}>
        {children}
      </Text>
      {action}
    </Stack>
  );
}

/** What a screen or a part of it shows that could not be loaded. */
export function Failing({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  if (problem.status === 403) return <NotAllowed>{problem.message}</NotAllowed>;
  return (
    <Alert color="red" icon={<CircleAlert aria-hidden />} title="This could not be loaded">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{problem.message}</Text>
        <Button size="xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
        <RequestId problem={problem} />
      </Stack>
    </Alert>
  );
}

interface NotAllowedProps {
  children: ReactNode;
  /** Whom to ask. */
  remedy?: string;
}

/** Why something can't be seen, and whom to ask. */
export function NotAllowed({
  children,
  remedy = "An owner of your organisation can change your role.",
}: NotAllowedProps) {
  return (
    <Alert color="gray" icon={<Lock aria-hidden />} title="You can't see this">
      <Text size="sm">
        {children} {remedy}
      </Text>
    </Alert>
  );
}

/** The id of a request that failed, to be given to support. */
export function RequestId({ problem }: { problem: Problem }) {
  const id = problem.requestId;
  if (id === null) return null;
  return (
    <Group gap="xs">
      <Text size="xs" c="dimmed">
        Request <Code>{id}</Code>
      </Text>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="subtle" onClick={copy}>
            {copied ? "Copied" : "Copy"}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
