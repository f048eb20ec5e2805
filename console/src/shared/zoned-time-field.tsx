import { Text, TextInput } from "@mantine/core";
import { useId } from "react";
import { clockTime } from "./time";
import { browserZone, instantOf, localOf, offsetMinutes, zoneWithOffset } from "./zone";

interface Bounds {
  /** Whether the time has to be in the future. */
  isFuture?: boolean;
  /** The latest allowed time, and its description, such as `two years ahead`. */
  latest?: { at: Date; words: string };
}

/** Return the instant of a typed time, or the reason why it can't be used. */
export function readTime(
  local: string,
  timeZone: string,
  { isFuture, latest }: Bounds = {},
): { at: Date | null; error: string | null } {
  const time = instantOf(local, timeZone);
  if (time === null) return { at: null, error: local === "" ? null : "Enter a date and a time." };
  if (time.kind === "gap") {
    const shown = localOf(time.at, timeZone).slice(11);
    return {
      at: null,
      error: `The clocks in ${timeZone} go forward that day and leave out ${local.slice(11, 16)}. Choose ${shown} or another time.`,
    };
  }
  if (isFuture && time.at.getTime() <= Date.now()) {
    return { at: null, error: "This time is past. Choose a later one." };
  }
  if (latest && time.at > latest.at) {
    return { at: null, error: `Choose a time that is at most ${latest.words}.` };
  }
  return { at: time.at, error: null };
}

interface Props extends Bounds {
  label: string;
  timeZone: string;
  /** The local time in the zone, such as `2026-03-01T09:30`, or nothing. */
  value: string;
  onChange: (value: string) => void;
  /** The reason why the API refused the time. */
  error?: string;
  required?: boolean;
}

/**
 * A field for a date and a time in a named time zone. The browser's time is shown too if it
 * differs.
 */
export function ZonedTimeField(props: Props) {
  const { label, timeZone, value, onChange, isFuture, latest, error, required } = props;
  const help = useId();
  const read = readTime(value, timeZone, { isFuture, latest });
  const zone = zoneWithOffset(read.at ?? new Date(), timeZone);
  return (
    <div>
      <TextInput
        type="datetime-local"
        label={label}
        required={required}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error ?? read.error}
        aria-describedby={help}
        maw={260}
      />
      <Text id={help} size="xs" c="dimmed" mt={4} component="div">
        Time zone: {zone}
        {read.at && <OwnClock at={read.at} timeZone={timeZone} />}
        {instantOf(value, timeZone)?.kind === "twice" && (
          <div>The clocks go back, so this hour comes twice. The first one is meant.</div>
        )}
      </Text>
    </div>
  );
}

/** The same instant in the browser's time zone, if that is a different time. */
function OwnClock({ at, timeZone }: { at: Date; timeZone: string }) {
  if (offsetMinutes(at, timeZone) === offsetMinutes(at, browserZone())) return null;
  return (
    <div>
      On your clock: {clockTime(at)} ({browserZone()})
    </div>
  );
}
