import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useState } from "react";
import styles from "./filter-bar.module.css";

const AFTER_LAST_KEY_MS = 250;

interface Props {
  label: string;
  placeholder: string;
  /** The search that the list shows now. */
  value: string | undefined;
  onSearch: (text: string | undefined) => void;
  /** Whether the box takes the full width. */
  isWide?: boolean;
}

/** A search box, which searches shortly after the last key press. */
export function SearchBox({ label, placeholder, value, onSearch, isWide }: Props) {
  const [typed, setTyped] = useState(value ?? "");
  const search = useDebouncedCallback(
    (text: string) => onSearch(text.trim() || undefined),
    AFTER_LAST_KEY_MS,
  );
  return (
    <TextInput
      aria-label={label}
      data-search
      placeholder={placeholder}
      leftSection={<Search size={16} aria-hidden />}
      className={styles.search}
      data-wide={isWide}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        search(event.currentTarget.value);
      }}
    />
  );
}
