import { Button } from "@mantine/core";
import { X } from "lucide-react";

interface Props {
  /** The filter, such as `Organisation: Acme`. */
  children: string;
  onClear: () => void;
}

/** A filter that was set by a link. Pressing the chip removes it. */
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
