"""Keeping webhooks: none is answered before it is safe, and many are made safe at once.

Request threads hand webhooks over and wait. The event loop takes whatever has come in, logs it in
one statement, and lets those who wait go on; meanwhile the next group gathers. What is new is then
published. While the database is away the bus keeps the webhooks instead, and they are logged and
published when it is back (``events/spooled.py``).
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from psycopg import Error as DatabaseError

from servicekit.edge import LoopThread
from servicekit.errors import Unavailable
from services.webhooks.domain.webhook import Webhook
from services.webhooks.storage.log_writer import LogWriter
from services.webhooks.usecases.announce import Announcer

log = structlog.get_logger()

_MAX_GROUP = 500
_ANSWER_SECONDS = 8.0
_DATABASE_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class _Request:
    """A request thread that waits until its webhooks are safe."""

    webhooks: Sequence[Webhook]
    safe: "Future[None]" = field(default_factory=Future)


class Keeper:
    """Keeps webhooks, in groups."""

    def __init__(self, loop: LoopThread, writer: LogWriter, announcer: Announcer) -> None:
        self._loop = loop.loop
        self._writer = writer
        self._announcer = announcer
        self._waiting: deque[_Request] = deque()
        self._woken = False
        self._wake = asyncio.Event()
        self._database_away_until = 0.0
        self._announcing: set[asyncio.Task[None]] = set()

    def keep(self, webhooks: Sequence[Webhook]) -> None:
        """Return when ``webhooks`` are safe. Raises ``Unavailable``. For request threads."""
        request = _Request(webhooks)
        self._waiting.append(request)
        # One call for a whole group: the loop lowers the flag before it looks at who waits.
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._wake.set)
        try:
            request.safe.result(_ANSWER_SECONDS)
        except FutureTimeout:
            raise Unavailable("This could not be kept in time. Try again in a moment.") from None

    async def run(self) -> None:
        """Keep what comes in, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._woken = False
            while self._waiting:
                await self._keep_group(self._next_group())

    async def finish(self) -> None:
        """Wait for what is still being published."""
        if self._announcing:
            await asyncio.wait(self._announcing)

    def _next_group(self) -> list[_Request]:
        size = min(len(self._waiting), _MAX_GROUP)
        return [self._waiting.popleft() for _ in range(size)]

    async def _keep_group(self, group: list[_Request]) -> None:
        webhooks = [webhook for request in group for webhook in request.webhooks]
        try:
            fresh = await self._log(webhooks)
            if fresh is None:
                await self._announcer.spool(webhooks)
        except Exception as error:  # noqa: BLE001 (whatever it is, those who wait must hear of it)
            _fail(group, error)
            return
        for request in group:
            request.safe.set_result(None)
        if fresh:
            task = asyncio.create_task(self._announce([w for w in webhooks if w.id in fresh]))
            self._announcing.add(task)
            task.add_done_callback(self._announcing.discard)

    async def _log(self, webhooks: Sequence[Webhook]) -> set[UUID] | None:
        """The ids of those that are new; None where the database is away.

        Should the database have kept them after all, the log recognises what was spooled.
        """
        if self._loop.time() < self._database_away_until:
            return None
        try:
            return await self._writer.add(webhooks)
        except (Unavailable, DatabaseError) as error:
            log.warning("database_away", error=repr(error))
            self._database_away_until = self._loop.time() + _DATABASE_PAUSE
            return None

    async def _announce(self, webhooks: Sequence[Webhook]) -> None:
        try:
            await self._announcer.announce(webhooks)
        except Unavailable:
            log.warning("webhooks_not_published", count=len(webhooks))


def _fail(group: Sequence[_Request], error: Exception) -> None:
    log.error("webhooks_not_kept", count=len(group), exc_info=error)
    for request in group:
        request.safe.set_exception(Unavailable("This can't be kept now. Try again in a moment."))
