import { Button, Fieldset, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { counted } from "@/shared/number";
import { MOST_SAMPLES, sampleField } from "./details";
import { errorOf, Help } from "./field-input";
import styles from "./registration.module.css";
import type { Half } from "./use-registration";

const FEWEST = 2;
const EXAMPLES = {
  help: "Two to five texts as you will really send them, of 20 characters or more. Use [brackets] for what changes.",
  good: "Acme Bakery: Hi [name], your order is ready. Questions? Call +1 415 555 0142. Reply STOP to opt out.",
  bad: "Test message",
};

/** The sample texts, which reviewers compare with the use case. */
export function Samples({ half }: { half: Half }) {
  const { part, isOpen } = half;
  const [added, setAdded] = useState(0);
  const filled = Array.from({ length: MOST_SAMPLES }, (_, index) => index).filter(
    (index) => part.values[sampleField(index)],
  );
  const last = (filled.at(-1) ?? -1) + 1;
  const shown = Math.min(MOST_SAMPLES, Math.max(FEWEST, last + added));
  const error = errorOf(half, "sampleMessages", "The list of samples");
  const errorAt = (field: string) => {
    // The API counts only samples that have text.
    const path = `sampleMessages[${filled.findIndex((index) => sampleField(index) === field)}]`;
    return errorOf(half, path, "This sample");
  };
  return (
    <Fieldset
      id="field-sampleMessages"
      variant="unstyled"
      legend="Sample texts"
      className={styles.samples}
    >
      <Stack gap="sm">
        <Text size="xs" c="dimmed" component="div">
          <Help field={EXAMPLES} />
        </Text>
        {error && (
          <Text size="xs" c="var(--mantine-color-error)" component="div" role="alert">
            {error}
          </Text>
        )}
        {Array.from({ length: shown }, (_, index) => sampleField(index)).map((field, index) => (
          <Textarea
            key={field}
            label={`Sample ${index + 1}`}
            description={counted((part.values[field] ?? "").length, "character")}
            inputWrapperOrder={["label", "input", "description", "error"]}
            error={errorAt(field)}
            value={part.values[field] ?? ""}
            onChange={(event) => part.change(field, event.currentTarget.value)}
            onBlur={() => part.save(field)}
            readOnly={!isOpen}
            autosize
            minRows={2}
            maxRows={8}
            dir="auto"
          />
        ))}
        {isOpen && shown < MOST_SAMPLES && (
          <div>
            <Button variant="default" size="xs" onClick={() => setAdded(shown + 1 - last)}>
              Add a sample
            </Button>
          </div>
        )}
      </Stack>
    </Fieldset>
  );
}
