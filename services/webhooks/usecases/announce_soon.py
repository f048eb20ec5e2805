"""Telling of webhooks that are safe: nobody waits for it, so many are told of at once."""

import asyncio
from collections.abc import Sequence

import structlog

from servicekit.errors import Unavailable
from services.webhooks.domain.webhook import Webhook
from services.webhooks.usecases.announce import Announcer

log = structlog.get_logger()

_GATHER_SECONDS = 0.02


class AnnounceSoon:
    """Publishes what is handed over, a moment later."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer
        self._untold: list[Webhook] = []
        self._wake = asyncio.Event()

    def announce(self, webhooks: Sequence[Webhook]) -> None:
        """Publish ``webhooks`` in a moment."""
        self._untold += webhooks
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
        batch, self._untold = self._untold, []
        if not batch:
            return
        try:
            await self._announcer.announce(batch)
        except Unavailable:
            log.warning("webhooks_not_published", count=len(batch))
        except Exception:  # whatever it is, those that come after are to be published
            log.exception("webhooks_not_published", count=len(batch))
