import { Checkbox, Stack } from "@mantine/core";
import { useTimeZone } from "./use-organisation";
import { readTime, ZonedTimeField } from "./zoned-time-field";

const DAY_MS = 24 * 60 * 60_000;
const FURTHEST_DAYS = 2 * 365;

/** The chosen time of a message: now, or a time in the organisation's time zone. */
export interface Departure {
  isLater: boolean;
  /** The local time in the organisation's time zone, such as `2026-03-01T09:30`. */
  local: string;
  respectQuietHours: boolean;
}

/** The time to send at, in the API's format. Empty if the message is sent at once. */
export interface SendTime {
  sendAt?: string;
  respectQuietHours?: boolean;
}

/** The default for a new message: now. */
export const AT_ONCE: Departure = { isLater: false, local: "", respectQuietHours: true };

/** Return the part of the request with the time to send at, or null if the time can't be used. */
export function departureOf(departure: Departure, timeZone: string): SendTime | null {
  if (!departure.isLater) return {};
  const { at, error } = readTime(departure.local, timeZone, bounds());
  if (at === null || error !== null) return null;
  return { sendAt: at.toISOString(), respectQuietHours: departure.respectQuietHours };
}

/** Return the fields of the form that show their own errors: the time, if it is shown. */
export const timeFields = ({ isLater }: Departure): string[] => (isLater ? ["sendAt"] : []);

interface Props {
  value: Departure;
  onChange: (value: Departure) => void;
  /** The reason why the API refused the time. */
  error?: string;
}

/** The fields to send a message later, with its time. */
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
            label="Wait if this time is in the recipient's quiet hours"
            description="The text is then sent when the quiet hours end."
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
