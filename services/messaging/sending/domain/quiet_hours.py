"""Sending windows: when a campaign may text a recipient, by the recipient's own clock.

A recipient's time zone is the one that is stored with the contact. If there is none, the recipient
has all time zones of their number, and a message is sent only while the window is open in all of
them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from servicekit.errors import FieldError, InvalidInput
from servicekit.time_zones import is_time_zone, time_zone_named, zones_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHORTEST_WINDOW = timedelta(hours=1)

ROOM = timedelta(minutes=5)
"""A message is accepted only if its window stays open for this long. Sending takes time."""

# A window of any weekday begins within this number of days. It is more than two weeks because
# clocks may skip the hour of the next window, and then the window a week later is the first.
_DAYS_AHEAD = 15

WrittenWindow = Mapping[str, Any]
"""A window as users write it: `{"days": ["mon"], "from": "09:00", "to": "20:00"}`."""

Span = tuple[datetime, datetime]
"""The beginning and the end of a period, in UTC."""


@dataclass(frozen=True, slots=True)
class Window:
    """Weekdays (Monday is 0), and the local times since midnight between which texts are sent."""

    days: frozenset[int]
    opens: timedelta
    closes: timedelta


@dataclass(frozen=True, slots=True)
class QuietHours:
    """An organisation's sending windows. `default_zone` is for recipients without a known zone."""

    enabled: bool = False
    windows: tuple[Window, ...] = ()
    default_zone: str = "UTC"


class SendingClock:
    """Computes when an organisation's campaigns may text recipients, as of the time `now`."""

    def __init__(self, hours: QuietHours, now: datetime, room: timedelta) -> None:
        self._hours = hours
        self._now = now
        self._room = room
        self._spans: dict[str, Sequence[Span]] = {}
        self._openings: dict[tuple[str, ...], datetime | None] = {}

    def opens_at(self, time_zone: str | None, phone: str) -> datetime | None:
        """Return the time from which `phone` may be texted, or None if it may be texted now.

        `time_zone` is the recipient's time zone, if one is stored.
        """
        if not self._hours.enabled:
            return None
        zones = self._zones(time_zone, phone)
        if zones not in self._openings:
            self._openings[zones] = self._opening(zones)
        return self._openings[zones]

    def _zones(self, time_zone: str | None, phone: str) -> tuple[str, ...]:
        known = (time_zone,) if time_zone else zones_of(phone)
        return tuple(zone for zone in known if is_time_zone(zone)) or (self._hours.default_zone,)

    def _opening(self, zones: tuple[str, ...]) -> datetime | None:
        """Return when windows are open in all `zones` next, or None if they are open now.

        If the zones are so far apart that there is no such time, the default zone decides.
        """
        common: Sequence[Span] = self._of_zone(zones[0])
        for zone in zones[1:]:
            common = overlap(common, self._of_zone(zone))
        for opens, closes in common:
            start = max(opens, self._now)
            if closes - start > self._room:
                return None if start == self._now else start
        return self._opening((self._hours.default_zone,))

    def _of_zone(self, zone: str) -> Sequence[Span]:
        if zone not in self._spans:
            self._spans[zone] = spans(self._hours.windows, ZoneInfo(zone), self._now)
        return self._spans[zone]


def spans(windows: Iterable[Window], zone: ZoneInfo, now: datetime) -> Sequence[Span]:
    """Return the periods in which `windows` are open, from the day before `now` on.

    The periods are sorted, and those that touch are merged.
    """
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=n) for n in range(-1, _DAYS_AHEAD + 1)]
    opened = [
        (_moment(day, window.opens, zone), _moment(day, window.closes, zone))
        for window in windows
        for day in days
        if day.weekday() in window.days
    ]
    joined: list[Span] = []
    for opens, closes in sorted(opened):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return joined


def overlap(some: Sequence[Span], others: Sequence[Span]) -> Sequence[Span]:
    """Return the periods that are in both lists.

    Both lists are sorted and merged, and so is the result.
    """
    shared = ((max(one[0], other[0]), min(one[1], other[1])) for one in some for other in others)
    return [(opens, closes) for opens, closes in shared if opens < closes]


def parse_quiet_hours(
    enabled: bool, windows: Sequence[WrittenWindow], default_zone: str
) -> QuietHours:
    """Parse sending windows as users write them.

    Raises:
        InvalidInput: A window is shorter than an hour, there is no window, or the zone is unknown.
    """
    faults = [
        FieldError(
            f"windows[{index}].to", "must be at least an hour later than `from`, on the same day"
        )
        for index, window in enumerate(windows)
        if _since_midnight(window["to"]) - _since_midnight(window["from"]) < SHORTEST_WINDOW
    ]
    if enabled and not windows:
        faults.append(
            FieldError(
                "windows", "must not be empty while quiet hours are enabled: no campaign could send"
            )
        )
    zone = time_zone_named(default_zone)
    if zone is None:
        faults.append(
            FieldError(
                "defaultTimeZone", "is not a time zone. Use an IANA name such as America/New_York."
            )
        )
    if faults or zone is None:
        raise InvalidInput(faults)
    return QuietHours(enabled, tuple(_window(window) for window in windows), zone)


def _window(written: WrittenWindow) -> Window:
    days = frozenset(WEEKDAYS.index(day) for day in written["days"])
    return Window(days, _since_midnight(written["from"]), _since_midnight(written["to"]))


def _since_midnight(clock: str) -> timedelta:
    hours, minutes = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _moment(day: date, since_midnight: timedelta, zone: ZoneInfo) -> datetime:
    # Added to the local time, not to the elapsed hours, because a day may have 23 or 25 hours.
    return (datetime.combine(day, time.min) + since_midnight).replace(tzinfo=zone).astimezone(UTC)
