"""Read dates and times in the formats of other systems' exports."""

import re
from datetime import UTC, datetime, time

_FORMATS = (
    *("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%Y", "%d.%m.%y", "%d-%m-%Y"),
    *("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y"),
    *("%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y", "%a, %d %b %Y", "%a %b %d %Y"),
)
_CLOCK = re.compile(
    r"(?P<date>.*?)(?:,|\s+at)?\s+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?:UTC|GMT|Z)?",
    re.IGNORECASE | re.ASCII,
)
_EPOCH = re.compile(r"(1[0-9]{9})([0-9]{3})?", re.ASCII)
_LAST_OF_DAY = time(23, 59, 59)
_FIRST_YEAR = 1990


def read_date(text: str, now: datetime) -> datetime | None:
    """Return the time (UTC) in ``text``, or None if it has no time.

    If the time is in the future, ``now`` is returned. A time without a zone is read as UTC, and a
    date without a time as the end of that day. If there are two possible readings (3/4 is March 4
    or April 3), the later one is used, so that the opt-out outweighs earlier opt-ins.
    """
    found = [at for at in _readings(text.strip()) if at.year >= _FIRST_YEAR]
    return min(max(found), now) if found else None


def _readings(text: str) -> list[datetime]:
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        return [datetime.fromtimestamp(int(epoch[1]), UTC)]
    try:
        iso = datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        return _read_by_format(text)
    if len(text) <= len("2026-01-31"):
        return [datetime.combine(iso, _LAST_OF_DAY, UTC)]
    return [iso.astimezone(UTC) if iso.tzinfo else iso.replace(tzinfo=UTC)]


def _read_by_format(text: str) -> list[datetime]:
    clock = _CLOCK.fullmatch(text)
    date, at = (clock["date"], _time_of(clock)) if clock else (text, _LAST_OF_DAY)
    if at is None:
        return []
    found = []
    for pattern in _FORMATS:
        try:
            found.append(datetime.combine(datetime.strptime(date, pattern), at, UTC))  # noqa: DTZ007
        except ValueError:
            continue
    return found


def _time_of(clock: re.Match[str]) -> time | None:
    hour, half = int(clock["hour"]), (clock["half"] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(clock["minute"]), int(clock["second"] or 0))
    except ValueError:
        return None
