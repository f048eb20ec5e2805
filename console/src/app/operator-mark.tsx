import { useLocation } from "@tanstack/react-router";
import { ShieldAlert } from "lucide-react";
import { isTestMode } from "@/client/mode";
import styles from "./operator-mark.module.css";

/** The notice on operators' screens: actions there affect other organisations. */
export function OperatorMark() {
  const { pathname } = useLocation();
  if (isTestMode) return null;
  if (pathname !== "/admin" && !pathname.startsWith("/admin/")) return null;
  return (
    <p className={styles.mark} role="note">
      <ShieldAlert size={16} aria-hidden />
      <span>
        <b>Operator.</b> What you do here affects other organisations, and is recorded in the audit
        log.
      </span>
    </p>
  );
}
