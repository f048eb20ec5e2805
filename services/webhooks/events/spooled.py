"""Webhooks that the bus kept while the database was away."""

from collections.abc import Sequence

from servicekit.bus.consumer import Incoming
from services.webhooks.providers.webhook_publisher import WebhookPublisher, read_spooled
from services.webhooks.storage.log_writer import LogWriter


class Spooled:
    """Consumes ``webhook.spooled``. The log itself is the inbox here: it keeps an event once."""

    def __init__(self, writer: LogWriter, publisher: WebhookPublisher) -> None:
        self._writer = writer
        self._publisher = publisher

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Log the webhooks and publish those that are new.

        One that is logged but not published, because the bus went away between the two, is
        published when it is due.
        """
        webhooks = [read_spooled(message) for message in batch]
        fresh = await self._writer.add(webhooks)
        await self._publisher.publish([w for w in webhooks if w.id in fresh])
