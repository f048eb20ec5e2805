import type { DeadLetterStatus } from "@generated/api";
import { Ban, CheckCheck, Clock, type LucideIcon, Send } from "lucide-react";
import { Badge } from "@/shared/status-badge";
import { LETTER_WORDS } from "../words";

const ICONS: Record<DeadLetterStatus, LucideIcon> = {
  waiting: Clock,
  replayed: Send,
  discarded: Ban,
  resolved: CheckCheck,
};

/** The state of a dead letter, as an icon with a word. */
export function LetterState({ status }: { status: DeadLetterStatus }) {
  const { word, tone } = LETTER_WORDS[status];
  return (
    <Badge tone={tone} icon={ICONS[status]}>
      {word}
    </Badge>
  );
}
