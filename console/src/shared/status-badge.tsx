import {
  Ban,
  CheckCheck,
  CircleHelp,
  Clock,
  type LucideIcon,
  Send,
  TriangleAlert,
} from "lucide-react";
import styles from "./status-badge.module.css";

/**
 * The five states of a text that the console distinguishes, each with its colour, icon and word.
 */
export type Tone = "sending" | "sent" | "delivered" | "failed" | "unknown";

/** How a status is shown: its label, colour and icon. */
export interface Look {
  tone: Tone;
  word: string;
  icon: LucideIcon;
}

/**
 * Return how a status is shown. For a status that this page does not know, its name is the label.
 */
export function lookIn(looks: Readonly<Record<string, Look>>, status: string): Look {
  return looks[status] ?? { tone: "unknown", word: status, icon: CircleHelp };
}

const LOOKS: Record<string, Look> = {
  pending: { tone: "sending", word: "Sending...", icon: Clock },
  sending: { tone: "sending", word: "Sending...", icon: Clock },
  queued: { tone: "sending", word: "Sending...", icon: Clock },
  sent: { tone: "sent", word: "Sent", icon: Send },
  delivered: { tone: "delivered", word: "Delivered", icon: CheckCheck },
  undelivered: { tone: "unknown", word: "Undelivered", icon: TriangleAlert },
  failed: { tone: "failed", word: "Failed", icon: TriangleAlert },
  cancelled: { tone: "sending", word: "Cancelled", icon: Ban },
  unknown: { tone: "unknown", word: "Unknown", icon: CircleHelp },
};

/** The state of a text, as an icon with a word. */
export function StatusBadge({ status, size = "md" }: { status: string; size?: "sm" | "md" }) {
  const look = lookIn(LOOKS, status);
  return (
    <Badge tone={look.tone} size={size} icon={look.icon}>
      {look.word}
    </Badge>
  );
}

interface BadgeProps {
  tone: Tone;
  icon: LucideIcon;
  size?: "sm" | "md";
  children: string;
}

/** A word with an icon, in the colour of a state. */
export function Badge({ tone, icon: Icon, size = "md", children }: BadgeProps) {
  return (
    <span className={styles.badge} data-tone={tone} data-size={size}>
      <Icon size={size === "sm" ? 12 : 14} aria-hidden />
      {children}
    </span>
  );
}
