import type { Quote } from "@generated/api";
import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useId } from "react";
import { counted } from "../number";
import { stretches } from "./marks";
import styles from "./message-box.module.css";
import { nameOf, replaceAll, replacementOf } from "./replacements";

/** The part of a quote that the box needs: how the text is counted. */
export type Counting = Pick<Quote, "encoding" | "units" | "segments" | "forcingCharacters">;

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** How the API counts the text, or undefined while that is not known. */
  counting: Counting | undefined;
  /** Whether the counting is that of an earlier text. */
  isStale?: boolean;
  error?: React.ReactNode;
  placeholder?: string;
  disabled?: boolean;
  onSubmit?: () => void;
  /** How much replacing the characters saves, such as `saves $0.02`. */
  saving?: string;
  /** The text box itself, for code that inserts text at the cursor. */
  boxRef?: React.Ref<HTMLTextAreaElement>;
  /** The height of the empty box, in rows of text. */
  minRows?: number;
}

/**
 * The box in which a text is written. Below it are its counts of characters and segments.
 * Characters that make the text more expensive are underlined, and a button replaces them.
 */
export function MessageBox(props: Props) {
  const { label, value, onChange, counting, isStale, error, onSubmit } = props;
  const summary = useId();
  const positions = new Set(
    isStale ? [] : counting?.forcingCharacters.flatMap((found) => found.positions),
  );
  return (
    <Stack gap={6}>
      <div className={styles.layers}>
        <Textarea
          ref={props.boxRef}
          label={label}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          onKeyDown={(event) => {
            const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey);
            if (!isSend || event.repeat || event.nativeEvent.isComposing) return;
            event.preventDefault();
            onSubmit?.();
          }}
          error={error}
          placeholder={props.placeholder}
          disabled={props.disabled}
          aria-describedby={summary}
          autosize
          minRows={props.minRows ?? 4}
          maxLength={1600}
          classNames={{ input: styles.input, wrapper: styles.wrapper, section: styles.section }}
          rightSectionWidth={0}
          rightSection={
            <div className={styles.mirror} aria-hidden>
              {stretches(value, positions).map((part) =>
                part.isMarked ? <mark key={part.start}>{part.text}</mark> : part.text,
              )}
            </div>
          }
        />
      </div>
      <Summary id={summary} value={value} counting={counting} isStale={isStale ?? false} />
      {counting && !isStale && (
        <Guilty counting={counting} value={value} onChange={onChange} saving={props.saving} />
      )}
    </Stack>
  );
}

interface SummaryProps {
  id: string;
  value: string;
  counting: Counting | undefined;
  isStale: boolean;
}

function Summary({ id, value, counting, isStale }: SummaryProps) {
  const characters = Array.from(value).length;
  return (
    <Text id={id} size="xs" c="dimmed" aria-live="polite" data-stale={isStale} className="figures">
      {counted(characters, "character")}
      {counting && value !== "" && ` · ${counted(counting.segments, "segment")}`}
      {counting?.encoding === "ucs2" && value !== "" && " · Unicode"}
    </Text>
  );
}

interface GuiltyProps {
  counting: Counting;
  value: string;
  onChange: (value: string) => void;
  saving: string | undefined;
}

function Guilty({ counting, value, onChange, saving }: GuiltyProps) {
  const characters = counting.forcingCharacters.map((found) => found.character);
  if (characters.length === 0) return null;
  const replaceable = characters.filter((character) => replacementOf(character) !== null);
  const first = characters.slice(0, 3).map(nameOf).join(", ");
  const others = characters.length > 3 ? ` and ${characters.length - 3} more` : "";
  return (
    <Group gap="xs" justify="space-between" className={styles.guilty}>
      <Text size="xs">
        {first}
        {others} {characters.length === 1 ? "needs" : "need"} Unicode, which makes segments shorter:
        70 characters instead of 160.
      </Text>
      {replaceable.length > 0 && (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => onChange(replaceAll(value, replaceable))}
        >
          Replace{" "}
          {replaceable
            .slice(0, 3)
            .map((c) => `${nameOf(c)} by ${replacementOf(c)}`)
            .join(", ")}
          {saving && ` (${saving})`}
        </Button>
      )}
    </Group>
  );
}
