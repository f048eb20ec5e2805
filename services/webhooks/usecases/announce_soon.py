"""Telling of webhooks that are safe: nobody waits for it, so many are told of at once."""

import asyncio
from collections import deque
from collections.abc import Sequence

import structlog

from servicekit.edge import LoopThread
from servicekit.errors import Unavailable
from services.webhooks.domain.webhook import Webhook
from services.webhooks.usecases.announce import Announcer

log = structlog.get_logger()

_GATHER_SECONDS = 0.02


class AnnounceSoon:
    """Publishes what request threads hand over, on the event loop."""

    def __init__(self, loop: LoopThread, announcer: Announcer) -> None:
        self._loop = loop.loop
        self._announcer = announcer
        self._untold: deque[Webhook] = deque()
        self._woken = False
        self._wake = asyncio.Event()

    def announce(self, webhooks: Sequence[Webhook]) -> None:
        """Publish ``webhooks`` in a moment. For request threads."""
        self._untold.extend(webhooks)
        # One call for a whole batch: the loop lowers the flag before it looks at what there is.
        if webhooks and not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Publish what is handed over, until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(_GATHER_SECONDS)
            self._wake.clear()
            self._woken = False
            await self.finish()

    async def finish(self) -> None:
        """Publish what is left. What can't be is published when it is due again."""
        batch = [self._untold.popleft() for _ in range(len(self._untold))]
        if not batch:
            return
        try:
            await self._announcer.announce(batch)
        except Unavailable:
            log.warning("webhooks_not_published", count=len(batch))
        except Exception:  # whatever it is, those that come after are to be published
            log.exception("webhooks_not_published", count=len(batch))
