import { Text } from "@mantine/core";
import { samplesOf, type Values } from "./details";
import type { Field } from "./field";
import { FIELDS } from "./fields";
import styles from "./registration.module.css";
import type { FormStep } from "./search";
import { CONTENT_QUESTIONS } from "./use-case-fields";
import type { Half } from "./use-registration";

const PARTS: Record<Half["kind"], readonly FormStep[]> = {
  company: ["company", "contact"],
  useCase: ["useCase", "consent"],
};

/** The details that were or will be submitted, without empty fields. */
export function Summary({ half }: { half: Half }) {
  const { values } = half.part;
  const questions = half.kind === "useCase" ? CONTENT_QUESTIONS : [];
  const fields = [...PARTS[half.kind].flatMap((step) => FIELDS[step]), ...questions];
  const filled = fields.filter(({ name }) => values[name]);
  const samples = half.kind === "useCase" ? samplesOf(values) : [];
  if (filled.length === 0 && samples.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing is filled in yet.
      </Text>
    );
  }
  return (
    <Text component="dl" size="sm" className={styles.facts}>
      {filled.map((field) => (
        <Fact key={field.name} label={field.label}>
          {shownValue(field, values)}
        </Fact>
      ))}
      {samples.map((sample, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: samples have no id, only their position
        <Fact key={index} label={`Sample ${index + 1}`}>
          {sample}
        </Fact>
      ))}
    </Text>
  );
}

function Fact({ label, children }: { label: string; children: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd dir="auto">{children}</dd>
    </>
  );
}

function shownValue({ name, choices }: Field, values: Values): string {
  const value = values[name] ?? "";
  const chosen = choices?.find((choice) => choice.value === value.toLowerCase());
  return chosen?.label ?? value;
}
