import { Alert, List, Text } from "@mantine/core";
import { CheckCheck, TriangleAlert } from "lucide-react";
import { TextLink } from "@/shared/links";
import { counted } from "@/shared/number";
import type { Outcome } from "./use-send";

const SHOWN = 20;

/** The result of an order: the accepted messages, and the refused numbers with the reasons. */
export function Result({ outcome }: { outcome: Outcome }) {
  const { messageIds, errors } = outcome;
  if (outcome.isScheduled) return <Scheduled errors={errors.length} />;
  const accepted = acceptedOf(outcome);
  const only = messageIds.length === 1 ? messageIds[0] : undefined;
  const link = only ? (
    <TextLink to="/messages/$messageId" params={{ messageId: only }} size="sm">
      See what happens to it
    </TextLink>
  ) : (
    <TextLink to="/messages" search={{ direction: "out" }} size="sm">
      See what happens to them
    </TextLink>
  );
  if (errors.length === 0) {
    return (
      <Alert color="teal" icon={<CheckCheck aria-hidden />} role="status">
        {accepted}. {link}
      </Alert>
    );
  }
  return (
    <Alert
      color="orange"
      icon={<TriangleAlert aria-hidden />}
      title={`${accepted}, ${errors.length} not`}
      role="alert"
    >
      <List size="sm">
        {errors.slice(0, SHOWN).map((error, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a number may be refused twice
          <List.Item key={index}>
            {error.to}: {error.message}
          </List.Item>
        ))}
      </List>
      {errors.length > SHOWN && <Text size="sm">and {errors.length - SHOWN} more.</Text>}
      <Text size="sm">
        Only these numbers are still in the box, so nobody is texted twice.{" "}
        {messageIds.length > 0 && link}
      </Text>
    </Alert>
  );
}

/** Say how many messages were accepted, and how many numbers were there twice. */
export function acceptedOf({ messageIds, duplicates }: Outcome): string {
  const accepted = `${counted(messageIds.length, "message")} accepted`;
  return duplicates > 0 ? `${accepted} (${counted(duplicates, "duplicate")} left out)` : accepted;
}

function Scheduled({ errors }: { errors: number }) {
  return (
    <Alert
      color={errors > 0 ? "orange" : "teal"}
      icon={errors > 0 ? <TriangleAlert aria-hidden /> : <CheckCheck aria-hidden />}
      role="status"
    >
      {errors > 0 && `${counted(errors, "number")} can't be texted and stay in the box. `}
      It waits for its time.{" "}
      <TextLink to="/send/scheduled" search={{}} size="sm">
        See the scheduled messages
      </TextLink>
    </Alert>
  );
}
