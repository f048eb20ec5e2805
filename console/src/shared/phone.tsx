import { Text } from "@mantine/core";

const NORTH_AMERICAN = /^\+1(\d{3})(\d{3})(\d{4})$/;

/**
 * Format a North American number in groups. Other numbers are unchanged, because their groups
 * differ.
 */
export function formatPhone(number: string): string {
  const parts = NORTH_AMERICAN.exec(number);
  return parts ? `+1 ${parts[1]} ${parts[2]} ${parts[3]}` : number;
}

/** A phone number. It is never broken into two lines, and always written from left to right. */
export function Phone({ number }: { number: string }) {
  return (
    <Text component="bdi" dir="ltr" inherit className="figures" style={{ whiteSpace: "nowrap" }}>
      {formatPhone(number)}
    </Text>
  );
}
