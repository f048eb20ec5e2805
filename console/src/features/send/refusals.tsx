import type { BatchError } from "@generated/api";
import { Alert, List } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { counted } from "@/shared/number";

export interface Outcome {
  /** How many messages were accepted for sending. */
  accepted: number;
  /** Whether they wait for a time. */
  isScheduled: boolean;
  /** The recipients who get none, and why. */
  errors: BatchError[];
}

/** Which numbers of an order got no text, and why. */
export function Refusals({ outcome }: { outcome: Outcome }) {
  if (outcome.errors.length === 0) return null;
  const title = `${counted(outcome.accepted, "message")} accepted, ${outcome.errors.length} not`;
  return (
    <Alert color="orange" icon={<TriangleAlert aria-hidden />} title={title}>
      <List size="sm">
        {outcome.errors.slice(0, 20).map((error) => (
          <List.Item key={error.to}>
            {error.to}: {error.message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
