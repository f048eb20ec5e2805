import { Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import styles from "./screen.module.css";

interface Props {
  title: string;
  /** A line of text below the title. */
  description?: ReactNode;
  /** The buttons at the right of the title. An empty list that offers its first step hides them. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A screen: its title, which is also the title of the page, its actions and its content. */
export function Screen({ title, description, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · SMSBlaster`;
  }, [title]);
  return (
    <Stack gap="lg" className={styles.screen}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <div className={styles.title}>
          <Title order={1} tabIndex={-1}>
            {title}
          </Title>
          {description && (
            <Text c="dimmed" size="sm" component="div" className={styles.description}>
              {description}
            </Text>
          )}
        </div>
        {actions && (
          <Group gap="xs" className={styles.actions}>
            {actions}
          </Group>
        )}
      </Group>
      {children}
    </Stack>
  );
}
