import type { ReplayDeadLetterGroupResponse, ReplayedDeadLetter } from "@generated/api";
import { counted, formatCount } from "@/shared/number";

interface Outcome {
  isComplete: boolean;
  sentence: string;
  failed: ReplayedDeadLetter[];
}

/** Describe what the replay of a group did. It is complete only if nothing was left out. */
export function outcomeOf(result: ReplayDeadLetterGroupResponse): Outcome {
  const { items, replayed, remaining } = result;
  const failed = items.filter(({ outcome }) => outcome === "failed");
  const leftOut = items.length - replayed - failed.length;
  const parts = [`${formatCount(replayed)} of ${counted(items.length, "dead letter")} sent again`];
  if (failed.length > 0) parts.push(`${formatCount(failed.length)} could not be sent`);
  if (leftOut > 0)
    parts.push(`${formatCount(leftOut)} left out, because they were handled meanwhile`);
  if (remaining > 0) parts.push(`${formatCount(remaining)} of this group still waiting`);
  return {
    isComplete: failed.length === 0 && remaining === 0,
    sentence: `${parts.join(", ")}.`,
    failed,
  };
}
