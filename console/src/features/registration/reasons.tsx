import type { RejectionReason } from "@generated/api";
import { Group, List, Text } from "@mantine/core";
import { TextLink } from "@/shared/links";
import { labelOf } from "./fields";
import { stepOf } from "./search";

/**
 * A reason in words, with what to change. The code is shown in small letters, because only support
 * needs it.
 */
export function ReasonText({ reason }: { reason: RejectionReason }) {
  return (
    <Text component="span" inherit display="block">
      {reason.message} {reason.advice}{" "}
      {reason.code !== null && (
        <Text component="span" size="xs" c="dimmed">
          (code {reason.code})
        </Text>
      )}
    </Text>
  );
}

/** The reasons for a rejection, each with links to its fields. */
export function Reasons({ reasons }: { reasons: readonly RejectionReason[] }) {
  return (
    <List size="sm" spacing="sm" listStyleType="none">
      {reasons.map((reason) => (
        <List.Item key={`${reason.code}-${reason.message}`}>
          <Text size="sm" fw={500} dir="auto">
            {reason.message}
          </Text>
          <Text size="sm">
            {reason.advice}{" "}
            {reason.code !== null && (
              <Text component="span" size="xs" c="dimmed">
                (code {reason.code})
              </Text>
            )}
          </Text>
          {reason.canResubmit && reason.fields.length > 0 && (
            <Group gap="sm" mt={4}>
              {reason.fields.map((field) => (
                <TextLink
                  key={field}
                  to="/registration"
                  search={{ step: stepOf(field) }}
                  hash={`field-${field}`}
                  size="sm"
                >
                  Correct: {labelOf(field)}
                </TextLink>
              ))}
            </Group>
          )}
        </List.Item>
      ))}
    </List>
  );
}
