import { Checkbox, Stack } from "@mantine/core";
import { useTimeZone } from "./use-organisation";
import { readTime, ZonedTimeField } from "./zoned-time-field";

const DAY_MS = 24 * 60 * 60_000;
const FURTHEST_DAYS = 2 * 365;

/** When somebody wants a message to leave: at once, or at a time of the organisation's clocks. */
export interface Departure {
  isLater: boolean;
  /** What the organisation's clocks show then, such as `2026-03-01T09:30`. */
  local: string;
  respectQuietHours: boolean;
}

/** When a message leaves, as the API takes it. Nothing, if it leaves at once. */
export interface SendTime {
  sendAt?: string;
  respectQuietHours?: boolean;
}

/** The departure of a new message. */
export const AT_ONCE: Departure = { isLater: false, local: "", respectQuietHours: true };

/** What a request says about the departure, or null while the time can't be used. */
export function departureOf(departure: Departure, timeZone: string): SendTime | null {
  if (!departure.isLater) return {};
  const { at, error } = readTime(departure.local, timeZone, bounds());
  if (at === null || error !== null) return null;
  return { sendAt: at.toISOString(), respectQuietHours: departure.respectQuietHours };
}

interface Props {
  value: Departure;
  onChange: (value: Departure) => void;
  /** Why the API did not take the time. */
  error?: string;
}

/** Choose to send a message later, and when. */
export function SendLater({ value, onChange, error }: Props) {
  const timeZone = useTimeZone();
  return (
    <Stack gap="xs">
      <Checkbox
        label="Send later"
        checked={value.isLater}
        onChange={(event) => onChange({ ...value, isLater: event.currentTarget.checked })}
      />
      {value.isLater && (
        <>
          <ZonedTimeField
            label="When it is sent"
            timeZone={timeZone}
            value={value.local}
            onChange={(local) => onChange({ ...value, local })}
            error={error}
            required
            {...bounds()}
          />
          <Checkbox
            label="Wait if it is in quiet hours"
            description="Then it leaves when the quiet hours of the recipient end."
            checked={value.respectQuietHours}
            onChange={(event) =>
              onChange({ ...value, respectQuietHours: event.currentTarget.checked })
            }
          />
        </>
      )}
    </Stack>
  );
}

function bounds() {
  const latest = new Date(Date.now() + FURTHEST_DAYS * DAY_MS);
  return { isFuture: true, latest: { at: latest, words: "two years ahead" } };
}
