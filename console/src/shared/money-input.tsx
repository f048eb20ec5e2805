import { NumberInput } from "@mantine/core";

interface Props {
  label: string;
  description?: React.ReactNode;
  currency: string;
  /** The amount in cents, or null for none. */
  cents: number | null;
  onChange: (cents: number | null) => void;
  error?: React.ReactNode;
  placeholder?: string;
  disabled?: boolean;
}

/**
 * A field for an amount of money. If it is empty, there is no amount, which is not the same as 0.
 */
export function MoneyInput({ currency, cents, onChange, ...rest }: Props) {
  return (
    <NumberInput
      {...rest}
      w={260}
      maw="100%"
      min={0}
      decimalScale={2}
      fixedDecimalScale
      thousandSeparator=","
      hideControls
      prefix={signOf(currency)}
      value={cents === null ? "" : cents / 100}
      onChange={(value) => onChange(value === "" ? null : Math.round(Number(value) * 100))}
    />
  );
}

function signOf(currency: string): string {
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency });
  return format.formatToParts(0).find(({ type }) => type === "currency")?.value ?? "";
}
