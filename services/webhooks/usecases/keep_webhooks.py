"""Keeping webhooks: none is answered before it is safe, and many are made safe at once.

Of the request threads that come in together one logs the webhooks of all in one statement; those
that come meanwhile gather for the next one. What is new is then published. While the database is
away the bus keeps the webhooks instead, and they are logged and published when it is back
(``events/spooled.py``).
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from psycopg import Error as DatabaseError

from servicekit.edge import LoopThread
from servicekit.errors import Unavailable
from services.webhooks.domain.webhook import Webhook
from services.webhooks.storage.log_writer import LogWriter
from services.webhooks.usecases.announce import Announcer
from services.webhooks.usecases.announce_soon import AnnounceSoon

log = structlog.get_logger()

_ANSWER_SECONDS = 8.0
_DATABASE_PAUSE = 1.0


@dataclass(slots=True, eq=False)
class _Request:
    """A request thread's webhooks. ``error`` says why they could not be kept."""

    webhooks: Sequence[Webhook]
    done: bool = False
    error: Unavailable | None = None


class Keeper:
    """Keeps webhooks, in groups. For request threads."""

    def __init__(
        self, loop: LoopThread, writer: LogWriter, announcer: Announcer, soon: AnnounceSoon
    ) -> None:
        self._loop = loop
        self._writer = writer
        self._announcer = announcer
        self._soon = soon
        self._turn = threading.Condition()
        self._waiting: list[_Request] = []
        self._keeping = False
        self._database_away_until = 0.0

    def keep(self, webhooks: Sequence[Webhook]) -> None:
        """Return when ``webhooks`` are safe. Raises ``Unavailable``."""
        request = _Request(webhooks)
        group = self._group_of(request)
        if group:
            error = self._keep_group(group)
            self._end_turn(group, error)
        if request.error:
            raise request.error

    def _group_of(self, request: _Request) -> Sequence[_Request]:
        """Wait for a turn: all that wait then. Nothing where another thread's turn was enough."""
        with self._turn:
            self._waiting.append(request)
            if not self._turn.wait_for(lambda: self._is_next(request), _ANSWER_SECONDS):
                self._waiting = [other for other in self._waiting if other is not request]
                raise Unavailable("This could not be kept in time. Try again in a moment.")
            if request.done:
                return ()
            self._keeping = True
            group, self._waiting = self._waiting, []
            return group

    def _is_next(self, request: _Request) -> bool:
        return request.done or not self._keeping

    def _end_turn(self, group: Sequence[_Request], error: Unavailable | None) -> None:
        with self._turn:
            for request in group:
                request.done, request.error = True, error
            self._keeping = False
            self._turn.notify_all()

    def _keep_group(self, group: Sequence[_Request]) -> Unavailable | None:
        """Keep ``group``; why it could not be kept."""
        try:
            self._make_safe([webhook for request in group for webhook in request.webhooks])
        except Exception:  # whatever it is, those who wait must hear of it
            log.exception("webhooks_not_kept", count=len(group))
            return Unavailable("This can't be kept now. Try again in a moment.")
        return None

    def _make_safe(self, webhooks: Sequence[Webhook]) -> None:
        fresh = self._log(webhooks)
        if fresh is None:
            self._loop.run(self._announcer.spool(webhooks))
        else:
            self._soon.announce([webhook for webhook in webhooks if webhook.id in fresh])

    def _log(self, webhooks: Sequence[Webhook]) -> set[UUID] | None:
        """The ids of those that are new; None where the database is away.

        Should the database have kept them after all, the log recognises what was spooled.
        """
        if time.monotonic() < self._database_away_until:
            return None
        try:
            return self._writer.add(webhooks)
        except (Unavailable, DatabaseError) as error:
            log.warning("database_away", error=repr(error))
            self._database_away_until = time.monotonic() + _DATABASE_PAUSE
            return None
