import { Text } from "@mantine/core";
import { counted } from "../number";
import { Phone } from "../phone";
import styles from "./quote.module.css";
import type { FilledQuote } from "./quote-facts";

/** Some of the texts as their recipients will read them. The last one is the longest. */
export function Previews({ previews }: Pick<FilledQuote, "previews">) {
  return (
    <ul className={styles.previews}>
      {previews.map((preview, index) => (
        <li key={preview.contactId}>
          <Text size="xs" c="dimmed">
            <Phone number={preview.to} /> · {counted(preview.segments, "segment")}
            {index > 0 && index === previews.length - 1 && " · the longest"}
          </Text>
          <p className={styles.bubble} dir="auto">
            {preview.message}
          </p>
        </li>
      ))}
    </ul>
  );
}
