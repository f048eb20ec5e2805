"""Log webhooks before their requests are answered, many in one statement.

While one statement runs, the webhooks that arrive gather for the next one. New webhooks are then
published. While the database can't be reached, the bus stores the webhooks instead; they are logged
and published when it is back (``log_spooled.py``).
"""

import asyncio
import time
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from uuid import UUID

import structlog

from servicekit.errors import Unavailable
from servicekit.isolation import one_by_one
from services.webhooks.domain.webhook import Webhook
from services.webhooks.providers.batching_publisher import BatchingPublisher
from services.webhooks.providers.webhook_publisher import WebhookPublisher
from services.webhooks.storage.log_writer import LogWriter

log = structlog.get_logger()

_ANSWER_SECONDS = 8.0
_DATABASE_PAUSE = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    """The webhooks of a request.

    The future `safe` completes when the webhooks are stored, and fails if they can't be stored.

    Requests are compared by identity.
    """

    webhooks: Sequence[Webhook]
    safe: asyncio.Future[None]


class WebhookLog:
    """Writes webhooks to the log, in groups.

    Args:
        writer: Writes to the log.
        publisher: Stores webhooks on the bus while the database can't be reached.
        batches: Publishes the new webhooks.
    """

    def __init__(
        self, writer: LogWriter, publisher: WebhookPublisher, batches: BatchingPublisher
    ) -> None:
        self._writer = writer
        self._publisher = publisher
        self._batches = batches
        self._waiting: list[_Request] = []
        self._logging: asyncio.Task[None] | None = None
        self._database_away_until = 0.0

    async def add(self, webhooks: Sequence[Webhook]) -> None:
        """Store `webhooks`. Returns once they are stored.

        Raises:
            Unavailable: Neither the database nor the bus stored them in time.
        """
        safe = asyncio.get_running_loop().create_future()
        self._waiting.append(_Request(webhooks, safe))
        # In its own task: other requests' webhooks are stored even if this request is cancelled. In
        # its own context: it works for all of these requests.
        if self._logging is None:
            self._logging = asyncio.create_task(
                self._log_waiting(), name="logging", context=Context()
            )
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await safe
        except TimeoutError:
            message = "The webhook could not be stored in time. Try again in a moment."
            raise Unavailable(message) from None

    async def _log_waiting(self) -> None:
        """Write the waiting webhooks to the log, group by group, until none are left."""
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                error = await self._store_group(group)
                _resolve(group, error)
        finally:
            self._logging = None

    async def _store_group(self, group: Sequence[_Request]) -> Unavailable | None:
        """Store the webhooks of a group of requests. Returns the error if that fails."""
        try:
            await self._store([webhook for request in group for webhook in request.webhooks])
        except Exception:  # any error: the waiting requests must be answered
            log.exception("webhooks_not_kept", count=len(group))
            return Unavailable("The webhook can't be stored now. Try again in a moment.")
        return None

    async def _store(self, webhooks: Sequence[Webhook]) -> None:
        """Store `webhooks` in the log. A webhook that the database refuses is stored on the bus.

        The consumer that reads it there fails too and gives up, so it becomes a dead letter with
        the cause.
        """
        new: set[UUID] = set()
        unlogged: list[Webhook] = []

        async def write(some: Sequence[Webhook]) -> None:
            added = await self._write(some)
            if added is None:
                unlogged.extend(some)
            else:
                new.update(added)

        for webhook, error in await one_by_one(webhooks, write):
            log.error("webhook_refused", webhook_id=str(webhook.id), error=repr(error))
            unlogged.append(webhook)
        self._batches.publish([webhook for webhook in webhooks if webhook.id in new])
        if unlogged:
            await self._publisher.spool(unlogged)

    async def _write(self, webhooks: Sequence[Webhook]) -> set[UUID] | None:
        """Insert `webhooks` and return the ids of the new ones.

        None: the database can't be reached.

        If the database has stored them but its response was lost, their copies on the bus will be
        recognised as repeats.
        """
        if time.monotonic() < self._database_away_until:
            return None
        try:
            return await self._writer.add(webhooks)
        except Unavailable as error:
            log.warning("database_away", error=repr(error))
            self._database_away_until = time.monotonic() + _DATABASE_PAUSE
            return None


def _resolve(group: Sequence[_Request], error: Unavailable | None) -> None:
    """Let the requests of `group` continue: their webhooks are stored, or there was `error`."""
    for request in group:
        if request.safe.done():
            continue
        if error is None:
            request.safe.set_result(None)
        else:
            request.safe.set_exception(error)
