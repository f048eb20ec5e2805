import type { ReactNode } from "react";
import styles from "./filter-bar.module.css";

/** The filters of a list, beside each other. The first one is its search. */
export function FilterBar({ children }: { children: ReactNode }) {
  return (
    <div className={styles.bar} data-filters>
      {children}
    </div>
  );
}
