import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { formatShare } from "./number";

interface Props {
  label: ReactNode;
  /** The figure, usually a link to the rows that it counts. */
  children: ReactNode;
  /** What it is compared with, in smaller words. */
  note?: ReactNode;
}

/** One key figure with its label, and what it is compared with. */
export function Figure({ label, children, note }: Props) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text size="xl" fw={600} className="figures" component="div">
        {children}
      </Text>
      {note && (
        <Text size="xs" c="dimmed" className="figures" component="div">
          {note}
        </Text>
      )}
    </div>
  );
}

/** Return a share of the messages that ended, or a dash if none has ended. */
export function shareOf(part: number, ended: { delivered: number; failed: number }): string {
  const known = ended.delivered + ended.failed;
  return known === 0 ? "–" : formatShare(part / known);
}
