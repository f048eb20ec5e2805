import { Button } from "@mantine/core";
import { X } from "lucide-react";

interface Props {
  /** What the list is narrowed to, such as `Organisation: Acme`. */
  children: string;
  onClear: () => void;
}

/** A filter that came from a link. Pressing it shows everything again. */
export function FilterChip({ children, onClear }: Props) {
  return (
    <Button
      variant="light"
      radius="xl"
      onClick={onClear}
      rightSection={<X size={14} aria-hidden />}
      aria-label={`${children}. Remove this filter`}
      maw={320}
    >
      {children}
    </Button>
  );
}
