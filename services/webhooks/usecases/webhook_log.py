"""Keeping webhooks: none is answered before it is safe, and many are made safe at once.

While one statement is under way, the webhooks that come in gather for the next. What is new is then
published. While the database is away the bus keeps the webhooks instead, and they are logged and
published when it is back (``events/spooled.py``).
"""

import asyncio
import time
from collections.abc import Sequence
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
    """A request's webhooks; ``safe`` is done when they are, and fails where they can't be."""

    webhooks: Sequence[Webhook]
    safe: asyncio.Future[None]


class WebhookLog:
    """Keeps webhooks, in groups."""

    def __init__(
        self, writer: LogWriter, publisher: WebhookPublisher, batches: BatchingPublisher
    ) -> None:
        self._writer = writer
        self._publisher = publisher
        self._batches = batches
        self._waiting: list[_Request] = []
        self._keeping: asyncio.Task[None] | None = None
        self._database_away_until = 0.0

    async def add(self, webhooks: Sequence[Webhook]) -> None:
        """Return when ``webhooks`` are safe. Raises ``Unavailable``."""
        safe = asyncio.get_running_loop().create_future()
        self._waiting.append(_Request(webhooks, safe))
        # A task of its own: the others' webhooks are kept even if this request is given up.
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep_waiting(), name="keeping")
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await safe
        except TimeoutError:
            message = "This could not be kept in time. Try again in a moment."
            raise Unavailable(message) from None

    async def _keep_waiting(self) -> None:
        """Keep what waits, group by group, until nothing does."""
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                error = await self._keep_group(group)
                _tell(group, error)
        finally:
            self._keeping = None

    async def _keep_group(self, group: Sequence[_Request]) -> Unavailable | None:
        """Keep ``group``; why it could not be kept."""
        try:
            await self._make_safe([webhook for request in group for webhook in request.webhooks])
        except Exception:  # whatever it is, those who wait must hear of it
            log.exception("webhooks_not_kept", count=len(group))
            return Unavailable("This can't be kept now. Try again in a moment.")
        return None

    async def _make_safe(self, webhooks: Sequence[Webhook]) -> None:
        """Make ``webhooks`` safe. One that the database refuses is kept on the bus alone.

        There its consumer gives it up, and it becomes a dead letter that names the cause.
        """
        fresh: set[UUID] = set()
        unlogged: list[Webhook] = []

        async def keep(some: Sequence[Webhook]) -> None:
            added = await self._log(some)
            if added is None:
                unlogged.extend(some)
            else:
                fresh.update(added)

        for webhook, error in await one_by_one(webhooks, keep):
            log.error("webhook_refused", webhook_id=str(webhook.id), error=repr(error))
            unlogged.append(webhook)
        self._batches.publish([webhook for webhook in webhooks if webhook.id in fresh])
        if unlogged:
            await self._publisher.spool(unlogged)

    async def _log(self, webhooks: Sequence[Webhook]) -> set[UUID] | None:
        """The ids of those that are new; None where the database is away.

        Should the database have kept them after all, the log recognises what was spooled.
        """
        if time.monotonic() < self._database_away_until:
            return None
        try:
            return await self._writer.add(webhooks)
        except Unavailable as error:
            log.warning("database_away", error=repr(error))
            self._database_away_until = time.monotonic() + _DATABASE_PAUSE
            return None


def _tell(group: Sequence[_Request], error: Unavailable | None) -> None:
    """Let the requests of ``group`` go on; those that were given up hear nothing."""
    for request in group:
        if request.safe.done():
            continue
        if error is None:
            request.safe.set_result(None)
        else:
            request.safe.set_exception(error)
