"""Time and ids in the forms that the providers use."""

import secrets
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def now_s() -> int:
    """Seconds since the epoch, as Stripe gives times."""
    return int(time.time())


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
