"""Telling of webhooks that are safe: nobody waits for it, so many are told of at once."""

import asyncio
from collections.abc import Sequence

import structlog

from servicekit.errors import Unavailable
from services.webhooks.domain.webhook import Webhook
from services.webhooks.providers.webhook_publisher import WebhookPublisher

log = structlog.get_logger()

_GATHER_SECONDS = 0.02


class BatchingPublisher:
    """Publishes what is handed over, a moment later."""

    def __init__(self, publisher: WebhookPublisher) -> None:
        self._publisher = publisher
        self._unpublished: list[Webhook] = []
        self._wake = asyncio.Event()

    def publish(self, webhooks: Sequence[Webhook]) -> None:
        """Publish ``webhooks`` in a moment."""
        self._unpublished += webhooks
        self._wake.set()

    async def run(self) -> None:
        """Publish what is handed over, until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(_GATHER_SECONDS)
            self._wake.clear()
            await self.finish()

    async def finish(self) -> None:
        """Publish what is left. What can't be is published when it is due again."""
        batch, self._unpublished = self._unpublished, []
        if not batch:
            return
        try:
            await self._publisher.publish(batch)
        except Unavailable:
            log.warning("webhooks_not_published", count=len(batch))
        except Exception:  # whatever it is, those that come after are to be published
            log.exception("webhooks_not_published", count=len(batch))
