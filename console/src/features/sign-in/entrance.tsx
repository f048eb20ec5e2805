import { Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import styles from "./entrance.module.css";

interface Props {
  title: string;
  children: ReactNode;
}

/** The frame of the screens before the sign-in. */
export function Entrance({ title, children }: Props) {
  useEffect(() => {
    document.title = `${title} · SMSBlaster`;
  }, [title]);
  return (
    <main className={styles.entrance}>
      <Stack gap="md" w="100%" maw={380}>
        <div>
          <Text fw={600} c="dimmed">
            SMSBlaster
          </Text>
          <Title order={1}>{title}</Title>
        </div>
        {children}
      </Stack>
    </main>
  );
}
