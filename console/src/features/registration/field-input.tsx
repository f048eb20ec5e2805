import type { RejectionReason } from "@generated/api";
import { Group, Select, Text, Textarea, TextInput } from "@mantine/core";
import { Check, X } from "lucide-react";
import type { ReactNode } from "react";
import { hasChanged } from "./details";
import type { Field } from "./field";
import { ReasonText } from "./reasons";
import styles from "./registration.module.css";
import type { Half } from "./use-registration";

interface Props {
  field: Field;
  half: Half;
}

/**
 * A field with its help, its examples, and the errors that the API or the carriers have reported.
 */
export function FieldInput({ field, half }: Props) {
  const { part, isOpen } = half;
  const common = {
    id: `field-${field.name}`,
    label: field.isOptional && field.kind !== "choice" ? `${field.label} (optional)` : field.label,
    description: <Help field={field} />,
    error: errorOf(half, field.name, field.label),
    readOnly: !isOpen,
    value: part.values[field.name] ?? "",
  };
  if (field.kind === "choice") {
    return (
      <Select
        {...common}
        value={common.value || null}
        data={field.choices}
        searchable={(field.choices?.length ?? 0) > 8}
        allowDeselect={field.isOptional}
        onChange={(value) => part.choose(field.name, value ?? "")}
      />
    );
  }
  const typing = {
    onChange: (event: { currentTarget: { value: string } }) =>
      part.change(field.name, event.currentTarget.value),
    onBlur: () => part.save(field.name),
  };
  return field.kind === "text" ? (
    <Textarea {...common} {...typing} autosize minRows={4} maxRows={12} dir="auto" />
  ) : (
    <TextInput {...common} {...typing} autoComplete={field.autoComplete} dir="auto" />
  );
}

/** The help of a field, with a good and a bad example. */
export function Help({ field }: { field: Pick<Field, "help" | "good" | "bad"> }) {
  if (!field.help && !field.good && !field.bad) return null;
  return (
    <>
      {field.help}
      {field.good && (
        <Example word="Good:" icon={<Check size={12} aria-hidden />} tone="delivered">
          {field.good}
        </Example>
      )}
      {field.bad && (
        <Example word="Not:" icon={<X size={12} aria-hidden />} tone="failed">
          {field.bad}
        </Example>
      )}
    </>
  );
}

interface ExampleProps {
  word: string;
  icon: ReactNode;
  tone: "delivered" | "failed";
  children: string;
}

function Example({ word, icon, tone, children }: ExampleProps) {
  return (
    <Group component="span" gap={4} wrap="nowrap" align="flex-start" className={styles.example}>
      <span className={styles.mark} data-tone={tone}>
        {icon}
      </span>
      <Text component="span" inherit>
        {word} {children}
      </Text>
    </Group>
  );
}

/**
 * Return the reason why a field must be changed: the API's error, or the carriers' reason until the
 * field is changed.
 */
export function errorOf(half: Half, name: string, label: string): ReactNode {
  const refusal = half.part.errors[name];
  if (refusal) return sentenceOf(label, refusal);
  const reasons = reasonsAt(half, name);
  return reasons.length > 0
    ? reasons.map((reason) => (
        <ReasonText key={`${reason.code}-${reason.message}`} reason={reason} />
      ))
    : undefined;
}

/** Return the carriers' reasons that name a field, if it has not been changed since. */
function reasonsAt({ part, submitted, reasons }: Half, name: string): RejectionReason[] {
  if (hasChanged(name, part.values, submitted)) return [];
  return reasons.filter(({ fields }) => fields.includes(name));
}

/** Return the API's error `must have nine digits` as a sentence: `EIN must have nine digits.` */
function sentenceOf(label: string, refusal: string): string {
  const isSentence = /^[A-Z]/.test(refusal);
  return isSentence ? refusal : `${label} ${refusal}.`;
}
