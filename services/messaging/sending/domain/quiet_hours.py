"""Sending windows: when a campaign may text somebody, by the recipient's own clock.

Where somebody is may be known as one zone (stored with the contact) or as several (a number's):
then a text goes out only while the window is open in all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from servicekit.errors import FieldError, InvalidInput
from servicekit.time_zones import is_time_zone, zones_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHORTEST_WINDOW = timedelta(hours=1)

ROOM = timedelta(minutes=5)
"""A text is accepted only while its window stays open for so long: it has to be sent, too."""

# A window of any day of the week begins within so many days, even where the next one lies in the
# hour that clocks skip.
_DAYS_AHEAD = 15

Span = tuple[datetime, datetime]
"""From, and until; UTC."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of some days, since midnight by the recipient's clock; days count from Monday, 0."""

    days: frozenset[int]
    opens: timedelta
    closes: timedelta


@dataclass(frozen=True, slots=True)
class QuietHours:
    """An organisation's windows; ``default_zone`` is for who is in no zone that is known."""

    enabled: bool = False
    windows: tuple[Window, ...] = ()
    default_zone: str = "UTC"


class SendingClock:
    """Says when people may be texted, for one moment and one organisation."""

    def __init__(self, hours: QuietHours, now: datetime, room: timedelta) -> None:
        self._hours = hours
        self._now = now
        self._room = room
        self._spans: dict[str, Sequence[Span]] = {}
        self._openings: dict[tuple[str, ...], datetime | None] = {}

    def opens_at(self, time_zone: str | None, phone: str) -> datetime | None:
        """When a text may go to ``phone``; None: now.

        ``time_zone`` is the recipient's own, where somebody told it.
        """
        if not self._hours.enabled:
            return None
        zones = self._zones(time_zone, phone)
        if zones not in self._openings:
            self._openings[zones] = self._opening(zones)
        return self._openings[zones]

    def _zones(self, time_zone: str | None, phone: str) -> tuple[str, ...]:
        told = (time_zone,) if time_zone else zones_of(phone)
        return tuple(zone for zone in told if is_time_zone(zone)) or (self._hours.default_zone,)

    def _opening(self, zones: tuple[str, ...]) -> datetime | None:
        """The next moment at which the window is open in all of ``zones``, None for now.

        Zones may be so far apart that there is none: then the default zone has to do.
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
    """When ``windows`` are open in ``zone``, from the day before ``now`` on, in order and apart."""
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
    """When both are open; each is in order and apart, and so is the result."""
    shared = ((max(one[0], other[0]), min(one[1], other[1])) for one in some for other in others)
    return [(opens, closes) for opens, closes in shared if opens < closes]


def parse_quiet_hours(
    enabled: bool, windows: Sequence[dict[str, Any]], default_zone: str
) -> QuietHours:
    """Windows as a person writes them: ``{"days": ["mon"], "from": "09:00", "to": "20:00"}``.

    Raises ``InvalidInput`` that names what is wrong.
    """
    faults = [
        FieldError(f"windows[{index}].to", "must be an hour or more after from, on the same day")
        for index, window in enumerate(windows)
        if _since_midnight(window["to"]) - _since_midnight(window["from"]) < SHORTEST_WINDOW
    ]
    if enabled and not windows:
        faults.append(FieldError("windows", "must not be empty: nothing could ever be sent"))
    if not is_time_zone(default_zone):
        faults.append(FieldError("defaultTimeZone", "is not a time zone; write America/New_York"))
    if faults:
        raise InvalidInput(faults)
    return QuietHours(enabled, tuple(_window(window) for window in windows), default_zone)


def _window(written: dict[str, Any]) -> Window:
    days = frozenset(WEEKDAYS.index(day) for day in written["days"])
    return Window(days, _since_midnight(written["from"]), _since_midnight(written["to"]))


def _since_midnight(clock: str) -> timedelta:
    hours, minutes = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _moment(day: date, since_midnight: timedelta, zone: ZoneInfo) -> datetime:
    # Added to the clock's face, not to the hours gone by: a day may have 23 or 25.
    return (datetime.combine(day, time.min) + since_midnight).replace(tzinfo=zone).astimezone(UTC)
