import type { SendingWindow } from "@generated/api";
import { Text } from "@mantine/core";
import { queries } from "@/client/client";

const DAYS: Record<string, string> = {
  mon: "Mon",
  tue: "Tue",
  wed: "Wed",
  thu: "Thu",
  fri: "Fri",
  sat: "Sat",
  sun: "Sun",
};
const ORDER = Object.keys(DAYS);

/** A note that says when texts are sent, if the organisation has sending hours. */
export function QuietHoursNote() {
  const quietHours = queries.useQuery(
    "get",
    "/api/settings/quiet-hours",
    {},
    { staleTime: 60_000 },
  );
  if (!quietHours.data?.enabled) return null;
  return (
    <Text size="sm">
      Texts are sent only {windowsSentence(quietHours.data.windows)}, in each recipient's own time
      zone. At other times they wait.
    </Text>
  );
}

/** Describe the sending hours, such as `Mon to Fri 09:00 to 20:00 and Sat 10:00 to 16:00`. */
export function windowsSentence(windows: SendingWindow[]): string {
  const words = windows.map(({ days, from, to }) => `${daysSentence(days)} ${from} to ${to}`);
  return new Intl.ListFormat("en", { type: "conjunction" }).format(words);
}

function daysSentence(days: string[]): string {
  const places = days.map((day) => ORDER.indexOf(day)).sort((one, other) => one - other);
  const names = places.map((place) => DAYS[ORDER[place] ?? ""] ?? "");
  const isRow = places.every((place, index) => place === (places[0] ?? 0) + index);
  if (names.length === 7) return "daily";
  if (isRow && names.length > 2) return `${names[0]} to ${names.at(-1)}`;
  return names.join(", ");
}
