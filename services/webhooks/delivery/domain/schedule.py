"""When a call that failed is made again."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MINUTE, _HOUR = 60.0, 3600.0
PAUSES = (
    5.0,
    30.0,
    2 * _MINUTE,
    10 * _MINUTE,
    30 * _MINUTE,
    _HOUR,
    3 * _HOUR,
    6 * _HOUR,
    12 * _HOUR,
    24 * _HOUR,
    24 * _HOUR,
)
"""Seconds until the next call, after the first failed call, the second one, and so on."""

_JITTER = 0.2
_LONGEST_RETRY_AFTER = 24 * _HOUR


def pause_after(tries: int, chance: float, retry_after: float | None = None) -> float | None:
    """Return the seconds until the next call. None if the delivery is given up.

    Args:
        tries: How many calls were made for this delivery since it was created or replayed.
        chance: A random number from 0 to 1. It spreads calls that failed at the same moment.
        retry_after: The seconds that the endpoint asked for. At most a day of them is respected.
    """
    if tries > len(PAUSES):
        return None
    pause = PAUSES[tries - 1] * (1 + _JITTER * (2 * chance - 1))
    return max(pause, min(retry_after or 0.0, _LONGEST_RETRY_AFTER))


def seconds_of_retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for. None if it can't be read."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
