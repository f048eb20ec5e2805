"""Webhooks that the bus kept while the database was away."""

from collections.abc import Sequence

from servicekit.bus.consumer import Incoming
from services.webhooks.storage.log_writer import LogWriter
from services.webhooks.usecases.announce import Announcer, unspooled


class Spooled:
    """Consumes ``webhook.spooled``. The log itself is the inbox here: it keeps an event once."""

    def __init__(self, writer: LogWriter, announcer: Announcer) -> None:
        self._writer = writer
        self._announcer = announcer

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Log the webhooks and publish those that are new.

        One that is logged but not published, because the bus went away between the two, is
        published when it is due.
        """
        webhooks = [unspooled(message) for message in batch]
        fresh = await self._writer.add(webhooks)
        await self._announcer.announce([w for w in webhooks if w.id in fresh])
