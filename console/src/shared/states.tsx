/** What a screen shows if it has no data: loading, empty, failed, or not allowed. */
import { Alert, Button, Code, CopyButton, Group, Skeleton, Stack, Text } from "@mantine/core";
import { CircleAlert, Lock } from "lucide-react";
import type { ReactNode } from "react";
import type { Problem } from "@/client/problem";

const ROW_HEIGHT = 44;

/** Placeholders with the height of the later rows, so that nothing moves when these are loaded. */
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
  /** A sentence that says what will be shown here. */
  children: ReactNode;
  /** The button for the first step. */
  action?: ReactNode;
}

/** Shown by a list that has no rows yet. */
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

/** Shown instead of a screen or a part of it that could not be loaded. */
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
  /** A sentence that names the people who can give access. */
  remedy?: string;
}

/** Explains why something can't be seen, and whom to ask. */
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

/** The id of a failed request, which support may ask for. */
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
