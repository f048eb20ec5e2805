/** Local times of a time zone. When the clocks change, an hour is missing or is there twice. */

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LOCAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** The instant of a local time, and whether the clocks show this time once, twice or never. */
export interface ZonedTime {
  /**
   * The first instant with this local time. If the time is in a gap, the instant as long after the
   * gap's beginning.
   */
  at: Date;
  kind: "once" | "twice" | "gap";
}

/** Return how many minutes the clocks of a zone are ahead of UTC at an instant. */
export function offsetMinutes(at: Date, timeZone: string): number {
  const shown = Date.parse(`${localOf(at, timeZone)}:00Z`);
  return Math.round((shown - at.getTime()) / MINUTE_MS);
}

/** Return what the clocks of a zone show at an instant, such as `2026-03-01T09:30`. */
export function localOf(at: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en-CA-u-hc-h23-ca-iso8601-nu-latn", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? "00";
  return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** Return the instant at which the clocks of a zone show `local`, or null if it is not a time. */
export function instantOf(local: string, timeZone: string): ZonedTime | null {
  const asUtc = LOCAL.test(local) ? Date.parse(`${local.slice(0, 16)}:00Z`) : Number.NaN;
  if (Number.isNaN(asUtc)) return null;
  const offsets = [asUtc - DAY_MS, asUtc + DAY_MS].map((near) =>
    offsetMinutes(new Date(near), timeZone),
  );
  const candidates = [...new Set(offsets)].map((offset) => new Date(asUtc - offset * MINUTE_MS));
  const found = candidates
    .filter((at) => localOf(at, timeZone) === local.slice(0, 16))
    .sort((one, other) => one.getTime() - other.getTime());
  const first = found[0];
  if (first) return { at: first, kind: found.length > 1 ? "twice" : "once" };
  // In a gap, the offset before the gap is used: 02:30 means half an hour after the change, which
  // is 03:30.
  return { at: new Date(asUtc - (offsets[0] ?? 0) * MINUTE_MS), kind: "gap" };
}

/** Return a zone with its offset at an instant, such as `America/New_York (GMT-5)`. */
export function zoneWithOffset(at: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "shortOffset", timeZone });
  const offset = parts.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value;
  return offset && offset !== timeZone ? `${timeZone} (${offset})` : timeZone;
}

/** Return the browser's own zone. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
