import type { ReplayDeadLetterGroupResponse, ReplayedDeadLetter } from "@generated/api";
import { counted, formatCount } from "@/shared/number";

interface Outcome {
  isComplete: boolean;
  sentence: string;
  failed: ReplayedDeadLetter[];
}

/** Say what a replay of a group did. One that left something out is not called complete. */
export function outcomeOf(result: ReplayDeadLetterGroupResponse): Outcome {
  const { items, replayed, remaining } = result;
  const failed = items.filter(({ outcome }) => outcome === "failed");
  const leftOut = items.length - replayed - failed.length;
  const parts = [`${formatCount(replayed)} of ${counted(items.length, "dead letter")} sent again`];
  if (failed.length > 0) parts.push(`${formatCount(failed.length)} could not be sent`);
  if (leftOut > 0) parts.push(`${formatCount(leftOut)} left out, as they were handled meanwhile`);
  if (remaining > 0) parts.push(`${formatCount(remaining)} of this group still waiting`);
  return {
    isComplete: failed.length === 0 && remaining === 0,
    sentence: `${parts.join(", ")}.`,
    failed,
  };
}
