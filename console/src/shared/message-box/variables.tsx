import { Button, Group, Text } from "@mantine/core";
import { useRef } from "react";
import { inserted } from "./inserted";

/** The details of a contact that every text can have. */
const NAMES = ["firstName", "lastName", "phone", "email"];

/**
 * Return the box's ref, and a function that puts words in where its cursor is. The cursor then
 * stands behind them.
 */
export function useInsertion(value: string, onChange: (value: string) => void) {
  const boxRef = useRef<HTMLTextAreaElement>(null);
  const insert = (words: string) => {
    const box = boxRef.current;
    const start = box?.selectionStart ?? value.length;
    const next = inserted(value, words, start, box?.selectionEnd ?? start);
    onChange(next.value);
    requestAnimationFrame(() => {
      box?.focus();
      box?.setSelectionRange(next.cursor, next.cursor);
    });
  };
  return { boxRef, insert };
}

interface Props {
  onInsert: (words: string) => void;
  /** The names of the placeholders. Default: the details of a contact. */
  names?: readonly string[];
}

/** Buttons that put a placeholder into a text. */
export function Variables({ onInsert, names = NAMES }: Props) {
  return (
    <Group gap={6}>
      <Text size="xs" c="dimmed">
        Insert what differs for each person:
      </Text>
      {names.map((name) => (
        <Button
          key={name}
          size="compact-xs"
          variant="default"
          onClick={() => onInsert(`{{${name}}}`)}
        >
          {`{{${name}}}`}
        </Button>
      ))}
    </Group>
  );
}
