import { Alert, Fieldset, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { CircleAlert, Lock } from "lucide-react";
import { FormBanner } from "@/shared/form";
import { ButtonLink } from "@/shared/links";
import { RelativeTime } from "@/shared/time";
import type { Field } from "./field";
import { errorOf, FieldInput } from "./field-input";
import { FIELDS, labelOf } from "./fields";
import styles from "./registration.module.css";
import { Samples } from "./samples";
import { type FormStep, STEPS } from "./search";
import { CONTENT_QUESTIONS } from "./use-case-fields";
import type { Half } from "./use-registration";
import { reviewLook } from "./words";

/** A step with fields to fill in. Each field is saved when the user leaves it. */
export function FormStepScreen({ step, half }: { step: FormStep; half: Half }) {
  const next = STEPS[STEPS.indexOf(step) + 1];
  const before = STEPS[STEPS.indexOf(step) - 1];
  return (
    <Stack gap="lg" maw={640}>
      {!half.isOpen && <Closed half={half} />}
      <FormBanner problem={half.part.problem} fields={Object.keys(half.part.values)} />
      <Fields fields={FIELDS[step]} half={half} />
      {step === "useCase" && (
        <>
          <Samples half={half} />
          <Fields fields={CONTENT_QUESTIONS} half={half} />
        </>
      )}
      <Group justify="space-between" align="center">
        <Group gap="xs">
          <ButtonLink variant="default" to="/registration" search={{ step: before }}>
            Back
          </ButtonLink>
          <ButtonLink to="/registration" search={{ step: next }}>
            Continue
          </ButtonLink>
        </Group>
        <Saved half={half} />
      </Group>
    </Stack>
  );
}

function Fields({ fields, half }: { fields: readonly Field[]; half: Half }) {
  const asked = fields.filter(({ isAsked }) => isAsked?.(half.part.values) ?? true);
  const sections = [...new Set(asked.map(({ section }) => section))];
  return (
    <>
      {sections.map((section) => {
        const own = asked.filter((field) => field.section === section);
        return section === undefined ? (
          <Grid key="" fields={own} half={half} />
        ) : (
          <Section key={section} title={section} half={half}>
            <Grid fields={own} half={half} />
          </Section>
        );
      })}
    </>
  );
}

interface SectionProps {
  title: string;
  half: Half;
  children: React.ReactNode;
}

/** Fields that belong together. Errors about all of them are shown above them. */
function Section({ title, half, children }: SectionProps) {
  const error = errorOf(half, "address", labelOf("address"));
  return (
    <Fieldset variant="unstyled" legend={title} id="field-address" className={styles.section}>
      <Stack gap="md">
        {error && (
          <Alert color="red" icon={<CircleAlert aria-hidden />} role="alert">
            <Text size="sm" component="div">
              {error}
            </Text>
          </Alert>
        )}
        {children}
      </Stack>
    </Fieldset>
  );
}

function Grid({ fields, half }: { fields: readonly Field[]; half: Half }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="md">
      {fields.map((field) => (
        <div key={field.name} className={field.isShort ? styles.short : styles.wide}>
          <FieldInput field={field} half={half} />
        </div>
      ))}
    </SimpleGrid>
  );
}

/** The reason why nothing can be changed now. */
function Closed({ half }: { half: Half }) {
  const status = half.review?.status;
  return (
    <Alert color="gray" icon={<Lock aria-hidden />}>
      <Text size="sm">
        {status === "failed" || status === "suspended"
          ? "This can't be submitted again. Contact support, and name the code of the reason."
          : `This was submitted and can't be changed now: ${reviewLook(status ?? "").word.toLowerCase()}.`}
      </Text>
    </Alert>
  );
}

function Saved({ half }: { half: Half }) {
  const { part, savedAt, isOpen } = half;
  if (!isOpen) return null;
  const isKeptHere = part.problem !== null || Object.keys(part.errors).length > 0;
  return (
    <Text size="xs" c="dimmed" role="status">
      {part.isSaving
        ? "Saving..."
        : isKeptHere
          ? "Not everything is saved yet. What you typed is kept in this browser."
          : savedAt && (
              <>
                Draft saved <RelativeTime at={savedAt} />
              </>
            )}
    </Text>
  );
}
