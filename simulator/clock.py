"""Times and ids in the formats that the providers use."""

import secrets
import time
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate
from functools import lru_cache


class _Clock:
    """The providers' clock: the machine's clock, plus some milliseconds."""

    ahead_ms = 0


def set_ahead(milliseconds: int) -> None:
    """Set the providers' clock ahead of the machine's clock, or behind it by a negative value."""
    _Clock.ahead_ms = milliseconds


def now_ms() -> int:
    """Return the providers' current time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000 + _Clock.ahead_ms


def now_s() -> int:
    """Return the providers' current time in seconds since the epoch, as Stripe gives times."""
    return now_ms() // 1000


def http_date() -> str:
    """Return the current time in the format of the Date header: `Fri, 24 May 2019 17:18:27 GMT`."""
    return formatdate(now_ms() // 1000, usegmt=True)


@lru_cache(maxsize=1024)
def _rfc2822(seconds: int) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC))


def rfc2822(at_ms: int | None) -> str | None:
    """Format a time as Twilio's 2010 API does: `Fri, 24 May 2019 17:18:27 +0000`."""
    return None if at_ms is None else _rfc2822(at_ms // 1000)


def iso8601(at_ms: int) -> str:
    """Format a time as Twilio's v1 APIs do: `2015-07-30T20:12:31Z`."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_sid(prefix: str) -> str:
    """Return a new Twilio SID: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)
