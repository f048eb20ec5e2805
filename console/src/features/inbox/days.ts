import type { Message } from "@generated/api";

/** Return whether a message is the first of its day, in the browser's time zone. */
export function isFirstOfDay(message: Message, before: Message | undefined): boolean {
  return before === undefined || dayOf(message) !== dayOf(before);
}

/**
 * Return the name of a day: `Today`, `Yesterday` or the date. The date has a year only if it is not
 * the current year.
 */
export function dayName(at: Date, now: Date): string {
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  for (const daysAgo of [0, 1]) {
    const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo);
    if (day.toDateString() === at.toDateString()) return capital(words.format(-daysAgo, "day"));
  }
  const isThisYear = at.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(undefined, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: isThisYear ? undefined : "numeric",
  }).format(at);
}

const dayOf = ({ createdAt }: Message) => new Date(createdAt).toDateString();
const capital = (word: string) => word.charAt(0).toLocaleUpperCase() + word.slice(1);
