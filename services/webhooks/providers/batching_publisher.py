"""Publish logged webhooks in batches a moment later, so that no request waits for the bus."""

import asyncio
from collections.abc import Sequence

import structlog

from servicekit.errors import Unavailable
from services.webhooks.domain.webhook import Webhook
from services.webhooks.providers.webhook_publisher import WebhookPublisher

log = structlog.get_logger()

_GATHER_SECONDS = 0.02


class BatchingPublisher:
    """Collects webhooks for a few milliseconds and publishes them together."""

    def __init__(self, publisher: WebhookPublisher) -> None:
        self._publisher = publisher
        self._unpublished: list[Webhook] = []
        self._wake = asyncio.Event()

    def publish(self, webhooks: Sequence[Webhook]) -> None:
        """Add `webhooks` to the next batch."""
        self._unpublished += webhooks
        self._wake.set()

    async def run(self) -> None:
        """Publish each batch after a few milliseconds, until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(_GATHER_SECONDS)
            self._wake.clear()
            await self.flush()

    async def flush(self) -> None:
        """Publish the current batch. If that fails, ``resend-unhandled`` publishes it later."""
        batch, self._unpublished = self._unpublished, []
        if not batch:
            return
        try:
            await self._publisher.publish(batch)
        except Unavailable:
            log.warning("webhooks_not_published", count=len(batch))
        except Exception:  # after any error, later batches must still be published
            log.exception("webhooks_not_published", count=len(batch))
