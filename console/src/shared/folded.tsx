import type { ReactNode } from "react";
import styles from "./folded.module.css";

interface Props {
  label: string;
  children: ReactNode;
  /** Called when it is unfolded. */
  onOpen?: () => void;
}

/** Long content that is shown only after the user unfolds it. */
export function Folded({ label, children, onOpen }: Props) {
  return (
    <details className={styles.folded} onToggle={(event) => event.currentTarget.open && onOpen?.()}>
      <summary>{label}</summary>
      <div className={styles.content}>{children}</div>
    </details>
  );
}
