"""Write the request log in the background, in batches.

A request only puts its entry into a queue. If the database is slow or can't be reached, entries
wait. If the queue is full, new entries are dropped and counted, so that the log never delays a
request.
"""

import asyncio
from collections import deque
from contextlib import suppress
from enum import Enum, auto

import structlog
from prometheus_client import Counter

from servicekit.db.database import Database, is_outage
from services.gateway.domain.logged_requests import LoggedRequest
from services.gateway.storage import request_log

log = structlog.get_logger()

DROPPED = Counter(
    "smsblaster_request_log_dropped_total", "Requests that are missing in the request log"
)

_BATCH = 500
_SECONDS = 1.0
"""Seconds between two writes. A request is listed about this long after it was answered."""
_OUTAGE_SECONDS = 5.0
_WRITE_SECONDS = 10.0


class _Result(Enum):
    """The result of writing a batch, whose entries stay in the queue unless it is ``DONE``."""

    DONE = auto()
    REFUSED = auto()
    OUTAGE = auto()


class RequestLogWriter:
    """Collects the requests of one worker and writes them, at most `capacity` waiting ones."""

    def __init__(self, database: Database, capacity: int) -> None:
        self._database = database
        self._capacity = capacity
        self._waiting: deque[LoggedRequest] = deque()

    def add(self, request: LoggedRequest) -> None:
        """Add a request to the queue. Can be called from any thread, and never waits."""
        if len(self._waiting) >= self._capacity:
            DROPPED.inc()
        else:
            self._waiting.append(request)

    async def run(self) -> None:
        """Write the waiting requests every second, until this task is cancelled."""
        while True:
            is_available = await self.write()
            await asyncio.sleep(_SECONDS if is_available else _OUTAGE_SECONDS)

    async def write(self) -> bool:
        """Write all waiting requests. Returns False if the database can't take them now.

        If the database refuses a batch, smaller ones follow, until a row is alone and is dropped.
        """
        size = _BATCH
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(size, len(self._waiting)))]
            result = await self._write(batch)
            if result is _Result.OUTAGE:
                return False
            size = len(batch) // 2 if result is _Result.REFUSED else min(2 * size, _BATCH)
        return True

    async def finish(self, seconds: float) -> None:
        """Write the waiting requests before the process ends, within `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.write()

    async def _write(self, batch: list[LoggedRequest]) -> _Result:
        try:
            async with asyncio.timeout(_WRITE_SECONDS), self._database.system() as connection:
                await request_log.add(connection, batch)
        except asyncio.CancelledError:
            self._waiting.extendleft(reversed(batch))
            raise
        except Exception as error:
            if isinstance(error, TimeoutError) or is_outage(error):
                self._waiting.extendleft(reversed(batch))
                log.warning("request_log_waits", requests=len(self._waiting), error=repr(error))
                return _Result.OUTAGE
            if len(batch) > 1:
                self._waiting.extendleft(reversed(batch))
                return _Result.REFUSED
            DROPPED.inc()
            log.exception("request_log_not_written", request_id=batch[0].request_id)
        return _Result.DONE
