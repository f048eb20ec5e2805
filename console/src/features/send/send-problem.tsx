import { Group, Stack, Text } from "@mantine/core";
import type { Problem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { ButtonLink } from "@/shared/links";

/** The screens where the cause of a refusal can be corrected, by the problem's code. */
const CURES: Record<string, { to: string; label: string }> = {
  opted_out: { to: "/contacts", label: "Find the contact" },
  no_sender: { to: "/numbers", label: "Get a number" },
  unregistered_sender: { to: "/numbers", label: "See the numbers" },
  email_not_verified: { to: "/settings/account", label: "See the account" },
};

/** Further explanations of refusals, by the problem's code. */
const NOTES: Record<string, string> = {
  destination_not_allowed: "An admin decides which countries may be texted.",
  price_above_limit: "Shorten the text, or ask an admin to raise the highest price of a text.",
  daily_spend_cap_reached: "The day of this limit ends at midnight UTC. An admin can raise it.",
  price_changed: "The new price is below. Send again to accept it.",
  no_answer: "It may have been accepted. If you send again, it is not sent twice.",
};

interface Props {
  problem: Problem | null;
  /** The fields that show their own errors. */
  fields: readonly string[];
  /** Returns the label of a field, by its path. */
  labelOf?: (path: string) => string;
}

/** The reason why an order was refused, and a link to correct it. What was typed stays. */
export function SendProblem({ problem, fields, labelOf }: Props) {
  if (problem === null) return null;
  const note = NOTES[problem.code] ?? (problem.status >= 500 ? NOTES.no_answer : undefined);
  const cure = CURES[problem.code];
  return (
    <Stack gap="xs">
      <FormBanner problem={problem} fields={fields} labelOf={labelOf} />
      {note && <Text size="sm">{note}</Text>}
      {cure && (
        <Group>
          <ButtonLink to={cure.to} size="xs" variant="default">
            {cure.label}
          </ButtonLink>
        </Group>
      )}
    </Stack>
  );
}
