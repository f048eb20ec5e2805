import { Text } from "@mantine/core";
import styles from "./phone-preview.module.css";

/** A preview of a text as a phone shows it. */
export function PhonePreview({ text, from }: { text: string; from?: string }) {
  return (
    <figure className={styles.phone}>
      <figcaption className={styles.sender}>{from ?? "Preview"}</figcaption>
      <div className={styles.screen}>
        {text ? (
          <p className={styles.bubble} dir="auto">
            {text}
          </p>
        ) : (
          <Text size="xs" c="dimmed" ta="center">
            The text will look like this.
          </Text>
        )}
      </div>
    </figure>
  );
}
