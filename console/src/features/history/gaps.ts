const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** Return the time between two moments in words, such as `3 seconds later`. */
export function gapBetween(before: Date, after: Date): string {
  const seconds = Math.round((after.getTime() - before.getTime()) / 1000);
  if (seconds < 1) return "at once";
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ["second", 1];
  const count = new Intl.NumberFormat(undefined, {
    style: "unit",
    unit,
    unitDisplay: "long",
  }).format(Math.floor(seconds / size));
  return `${count} later`;
}
