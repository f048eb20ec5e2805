import { Alert, Stack, Text } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { CircleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Problem } from "@/client/problem";
import { isOvertaken } from "@/client/versions";
import { useCountdown } from "./countdown";
import { counted } from "./number";
import { RequestId } from "./states";

/** Show the errors of a problem at the fields of a form, and move the focus to the first one. */
export function showFieldErrors<Values extends object>(
  form: UseFormReturnType<Values>,
  problem: Problem,
): void {
  const shown = fieldsOf(form).flatMap((field) => {
    const error = fieldError(problem, field);
    return error === undefined ? [] : [[field, error] as const];
  });
  form.setErrors(Object.fromEntries(shown));
  const first = shown[0]?.[0];
  if (first) form.getInputNode(first)?.focus();
}

/** Return the names of a form's fields, which show their own errors. */
export function fieldsOf<Values extends object>(form: UseFormReturnType<Values>): string[] {
  return Object.keys(form.getValues());
}

/** Return the errors of a field, also those about its entries, such as `tags[1]`. */
export function fieldError(problem: Problem | null, field: string): string | undefined {
  const messages = Object.entries(problem?.fields ?? {}).flatMap(([path, message]) => {
    if (path === field) return message;
    if (!isEntry(path, field)) return [];
    return `Entry ${Number(path.slice(field.length + 1, -1)) + 1}: ${message}`;
  });
  return messages.length === 0 ? undefined : messages.join("; ");
}

/** Whether a path is an entry of a field, as `tags[1]` is of `tags`. */
const isEntry = (path: string, field: string) =>
  path.startsWith(`${field}[`) && /^\[\d+\]$/.test(path.slice(field.length));

const INVALID = 422;
const OVERTAKEN =
  "Somebody else has changed this meanwhile. You see the new values now: check them, and try again.";

interface BannerProps {
  problem: Problem | null;
  /** The fields that show their own errors. The banner shows the errors of all others. */
  fields?: readonly string[];
  /** Returns the label of a field, by its path. Default: the path in words. */
  labelOf?: (path: string) => string;
}

/**
 * The reason why a form was not accepted. Screen readers read it, and it gets the focus if no field
 * has an error.
 */
export function FormBanner({ problem, fields = [], labelOf = wordsOf }: BannerProps) {
  const banner = useRef<HTMLDivElement>(null);
  const further = furtherErrors(problem, fields).map(
    ([path, message]) => `${labelOf(path)}: ${message}`,
  );
  const hasFields = problem !== null && Object.keys(problem.fields).length > further.length;
  useEffect(() => {
    if (problem === null) return;
    if (hasFields) focusInvalid(banner.current);
    else banner.current?.focus();
  }, [problem, hasFields]);
  if (problem === null) return null;
  const sentence = sentenceOf(problem, hasFields);
  return (
    <Alert ref={banner} tabIndex={-1} role="alert" color="red" icon={<CircleAlert aria-hidden />}>
      <Stack gap={4}>
        {sentence && <Text size="sm">{sentence}</Text>}
        {further.map((message) => (
          <Text key={message} size="sm">
            {message}
          </Text>
        ))}
        {problem.retryAfter !== null && problem.retryAfter > 0 && (
          <Wait key={problem.requestId} seconds={problem.retryAfter} />
        )}
        <RequestId problem={problem} />
      </Stack>
    </Alert>
  );
}

/**
 * Return the sentence above the errors, or nothing if these say all. Only a program knows what the
 * API's own sentence about invalid input means.
 */
function sentenceOf(problem: Problem, hasFields: boolean): string {
  if (isOvertaken(problem)) return OVERTAKEN;
  const isInvalid = problem.status === INVALID && Object.keys(problem.fields).length > 0;
  if (!isInvalid) return problem.message;
  return hasFields ? "Correct the marked fields and try again." : "";
}

/** Move the focus to the first field with an error in the form of a banner. */
function focusInvalid(banner: HTMLElement | null): void {
  const form = banner?.closest("form, [role=dialog], section, main");
  form?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
}

/** Return the errors of a problem that are not about one of these fields. */
function furtherErrors(problem: Problem | null, fields: readonly string[]) {
  return Object.entries(problem?.fields ?? {}).filter(
    ([path]) => !fields.some((field) => path === field || isEntry(path, field)),
  );
}

/** Turn the path of a field into words, such as `destinations[0].maxPerSecond`. */
function wordsOf(path: string): string {
  const words = path
    .replace(/\[(\d+)\]/g, (_, index) => ` ${Number(index) + 1}`)
    .replace(/\./g, ", ")
    .replace(/([a-z])([A-Z])/g, (_, before, after) => `${before} ${after.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How long to wait before the next attempt. It is shown, and not read out each second. */
function Wait({ seconds }: { seconds: number }) {
  const [from] = useState(Date.now);
  const left = useCountdown(seconds, from);
  return (
    <Text size="sm" className="figures" aria-live="off">
      {left > 0 ? `You can try again in ${counted(left, "second")}.` : "You can try again now."}
    </Text>
  );
}
