import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { Users } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { changedFields, type Overtaken, type Shown } from "@/client/versions";
import styles from "./changed-meanwhile.module.css";

interface Props<Values> {
  /** The words for the fields, as the form has them. */
  labels: Readonly<Record<keyof Values, string>>;
  /** What the form began with. */
  base: Shown<Values>;
  /** What is in the form now. */
  mine: Values;
  conflict: Overtaken<Values>;
  /** Saves what was changed here, and so overwrites what a colleague has stored. */
  onKeepMine: () => void;
  /** Takes what a colleague has stored into the form. */
  onTakeTheirs: () => void;
  isBusy: boolean;
  /** How a value is written, if its words are not the value itself. */
  write?: (field: keyof Values, value: Values[keyof Values]) => ReactNode;
}

/** What a colleague has changed while somebody was writing, and the choice between both. */
export function ChangedMeanwhile<Values extends object>(props: Props<Values>) {
  const { labels, base, mine, conflict, onKeepMine, onTakeTheirs, isBusy } = props;
  const write = props.write ?? ((_, value) => wordsOf(value));
  const theirs = conflict.latest.values;
  const own = changedFields(base.values, mine);
  const alert = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each conflict gets the focus once
  useEffect(() => alert.current?.focus(), [conflict]);
  return (
    <Alert
      ref={alert}
      tabIndex={-1}
      role="alert"
      color="orange"
      icon={<Users aria-hidden />}
      title="Somebody else changed this meanwhile"
    >
      <Stack gap="sm">
        <dl className={styles.fields}>
          {changedFields(base.values, theirs).map((field) => (
            <div key={String(field)}>
              <dt>{labels[field]}</dt>
              <dd>
                <Text size="xs" c="dimmed" span>
                  Saved now
                </Text>
                <Words>{write(field, theirs[field])}</Words>
              </dd>
              {own.includes(field) && (
                <dd>
                  <Text size="xs" c="dimmed" span>
                    Yours
                  </Text>
                  <Words>{write(field, mine[field])}</Words>
                </dd>
              )}
            </div>
          ))}
        </dl>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={onTakeTheirs}>
            Take theirs
          </Button>
          <Button size="xs" loading={isBusy} onClick={onKeepMine}>
            Save mine instead
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function Words({ children }: { children: ReactNode }) {
  return (
    <Text size="sm" dir="auto" className={styles.words}>
      {children}
    </Text>
  );
}

function wordsOf(value: unknown): string {
  return (Array.isArray(value) ? value.join(", ") : String(value ?? "")) || "(empty)";
}
