/** How many days data can be kept, in the words of the screen. Null days: for ever. */
const PERIODS: [number, string][] = [
  [90, "90 days"],
  [180, "180 days"],
  [365, "1 year"],
  [730, "2 years"],
  [1095, "3 years"],
  [1825, "5 years"],
  [2555, "7 years"],
  [3650, "10 years"],
];
const FOR_EVER = "For ever";

/** Return the words for a number of days, such as `1 year` or `100 days`. */
export function wordsFor(days: number | null): string {
  if (days === null) return FOR_EVER;
  return PERIODS.find(([each]) => each === days)?.[1] ?? `${days} days`;
}

/** Return what a user can choose. A number of days that the API has set is among it. */
export function choicesWith(days: number | null): { value: string; label: string }[] {
  const known = PERIODS.map(([each]) => each);
  const all = days === null || known.includes(days) ? known : [...known, days];
  return [null, ...all.sort((a, b) => a - b)].map((each) => ({
    value: String(each ?? ""),
    label: wordsFor(each),
  }));
}
