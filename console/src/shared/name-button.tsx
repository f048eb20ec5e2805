import { UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "./name-button.module.css";

interface Props {
  onClick: () => void;
  children: ReactNode;
}

/** The name of a row, which opens it. A long name is cut after three lines. */
export function NameButton({ onClick, children }: Props) {
  return (
    <UnstyledButton className={styles.name} dir="auto" fz="sm" onClick={onClick}>
      {children}
    </UnstyledButton>
  );
}
