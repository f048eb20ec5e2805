import { Alert, Stack, Text } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { CircleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Problem } from "@/client/problem";
import { isOvertaken } from "@/client/versions";
import { useCountdown } from "./countdown";
import { counted } from "./number";
import { RequestId } from "./states";

/**
 * Show the errors of a problem at their fields, and move the focus to the first one. Returns the
 * errors of fields that the form does not have; the banner shows them.
 */
export function showFieldErrors<Values extends object>(
  form: UseFormReturnType<Values>,
  problem: Problem,
): string[] {
  const known = Object.keys(form.getValues());
  const fields = Object.entries(problem.fields);
  const shown = fields.filter(([field]) => known.includes(field));
  form.setErrors(Object.fromEntries(shown));
  const first = shown[0]?.[0];
  if (first) form.getInputNode(first)?.focus();
  return fields.filter(([field]) => !known.includes(field)).map(([, message]) => message);
}

const OVERTAKEN =
  "Somebody else has changed this meanwhile. You see the new values now: check them, and try again.";

interface BannerProps {
  problem: Problem | null;
  /** Errors about fields that the form does not have. */
  further?: string[];
}

/**
 * The reason why a form was not accepted. Screen readers read it, and it gets the focus if no field
 * has an error.
 */
export function FormBanner({ problem, further = [] }: BannerProps) {
  const banner = useRef<HTMLDivElement>(null);
  const hasFields = problem !== null && Object.keys(problem.fields).length > further.length;
  useEffect(() => {
    if (problem && !hasFields) banner.current?.focus();
  }, [problem, hasFields]);
  if (problem === null) return null;
  return (
    <Alert ref={banner} tabIndex={-1} role="alert" color="red" icon={<CircleAlert aria-hidden />}>
      <Stack gap={4}>
        <Text size="sm">{isOvertaken(problem) ? OVERTAKEN : problem.message}</Text>
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
