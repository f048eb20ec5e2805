"""Measure how late the event loop of a process runs a callback that is due."""

import asyncio
from collections import deque

from prometheus_client import Gauge

LAG = Gauge(
    "smsblaster_event_loop_lag_seconds",
    "Longest delay of something that was due in the event loop, in the last 15 seconds",
)

_EVERY_SECONDS = 1.0
_REMEMBERED = 15


async def watch() -> None:
    """Keep the metric up to date until cancelled."""
    loop = asyncio.get_running_loop()
    recent: deque[float] = deque(maxlen=_REMEMBERED)
    while True:
        due = loop.time() + _EVERY_SECONDS
        await asyncio.sleep(_EVERY_SECONDS)
        recent.append(max(0.0, loop.time() - due))
        LAG.set(max(recent))
