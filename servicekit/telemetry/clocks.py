"""Measure how much other clocks differ from this process's clock, as a metric and in the log.

The measurement is only for operators. Code that depends on a clock defines which difference it
tolerates (docs/clocks.md).
"""

import time
from datetime import datetime

import structlog
from prometheus_client import Gauge

log = structlog.get_logger()

TOLERANCE_SECONDS = 30.0
"""Clock differences above this are logged. Above twice as much, internal tokens are refused."""

OFFSET = Gauge(
    "smsblaster_clock_offset_seconds",
    "Seconds that a clock is ahead of this process's own clock",
    ["of"],
)

_apart: set[str] = set()


def note(of: str, told_at: datetime) -> None:
    """Compare a clock, which shows ``told_at`` now, with this process's clock.

    Records the difference as a metric. ``of`` says whose clock it is: "database" or "twilio".
    """
    note_offset(of, told_at.timestamp() - time.time())


def age_of(at: datetime) -> float:
    """Return the seconds since ``at``, by this process's clock, for metrics only."""
    return max(0.0, time.time() - at.timestamp())


def note_offset(of: str, seconds: float) -> None:
    """Record that a clock is ``seconds`` ahead of this process's clock; negative if it is behind.

    ``of`` says whose clock it is: "database" or "twilio".
    """
    OFFSET.labels(of).set(seconds)
    if abs(seconds) <= TOLERANCE_SECONDS:
        if of in _apart:
            _apart.remove(of)
            log.info("clocks_agree", of=of, seconds=round(seconds))
    elif of not in _apart:
        _apart.add(of)
        log.error("clocks_differ", of=of, seconds=round(seconds), tolerated=TOLERANCE_SECONDS)
