import { Button, Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { Problem } from "@/client/problem";
import { FormBanner } from "./form";

interface Props {
  title: string;
  /** One sentence that says what the settings do. */
  description: ReactNode;
  children: ReactNode;
  problem: Problem | null;
  /** The fields that show their own errors. */
  fields?: readonly string[];
  isDirty: boolean;
  isSaving: boolean;
  onSave: () => void;
  /** Discards what was typed. */
  onReset: () => void;
}

/** A part of a settings screen with its own Save button. */
export function FormSection(props: Props) {
  const { title, description, children, problem, fields, isDirty, isSaving } = props;
  return (
    <Stack gap="md" maw={560} component="section" aria-label={title}>
      <div>
        <Title order={2}>{title}</Title>
        <Text size="sm" c="dimmed">
          {description}
        </Text>
      </div>
      <FormBanner problem={problem} fields={fields} />
      {children}
      <Group gap="xs">
        <Button onClick={props.onSave} loading={isSaving} disabled={!isDirty}>
          Save
        </Button>
        {isDirty && (
          <Button variant="subtle" onClick={props.onReset}>
            Reset
          </Button>
        )}
      </Group>
    </Stack>
  );
}
