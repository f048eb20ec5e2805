"""Time and ids in the forms that the providers use."""

import secrets
import time
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate
from functools import lru_cache


class _Clock:
    """The providers' clock: the machine's, or so many milliseconds ahead of it."""

    ahead_ms = 0


def set_ahead(milliseconds: int) -> None:
    """From now on the providers' clock is so far ahead of the machine's, less than 0 behind it."""
    _Clock.ahead_ms = milliseconds


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000 + _Clock.ahead_ms


def now_s() -> int:
    """Seconds since the epoch, as Stripe and carriers' receipts give times."""
    return now_ms() // 1000


def http_date() -> str:
    """`Fri, 24 May 2019 17:18:27 GMT`, as the header Date gives the time."""
    return formatdate(now_ms() // 1000, usegmt=True)


@lru_cache(maxsize=1024)
def _rfc2822(seconds: int) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC))


def rfc2822(at_ms: int | None) -> str | None:
    """`Fri, 24 May 2019 17:18:27 +0000`, as Twilio's 2010 API gives times."""
    return None if at_ms is None else _rfc2822(at_ms // 1000)


def iso8601(at_ms: int) -> str:
    """`2015-07-30T20:12:31Z`, as Twilio's v1 APIs give times."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_sid(prefix: str) -> str:
    """A Twilio SID: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)
