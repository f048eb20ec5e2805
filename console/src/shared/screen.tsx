import { Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  /** One line below the title. */
  description?: ReactNode;
  /** The buttons at the right of the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A screen: its title, which is also the title of the page, its actions and its content. */
export function Screen({ title, description, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · SMSBlaster`;
  }, [title]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div>
          <Title order={1} tabIndex={-1}>
            {title}
          </Title>
          {description && (
            <Text c="dimmed" size="sm">
              {description}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
