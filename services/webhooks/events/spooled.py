"""Handle ``webhook.spooled``: webhooks that the bus kept while the database was unreachable."""

from collections.abc import Sequence

from servicekit.bus.consumer import Incoming
from services.webhooks.providers.webhook_publisher import read_spooled
from services.webhooks.usecases.log_spooled import LogSpooled


class Spooled:
    """Consumes ``webhook.spooled``: webhooks that came while the database was down.

    It needs no inbox, because the log stores each webhook once.
    """

    def __init__(self, log_spooled: LogSpooled) -> None:
        self._log_spooled = log_spooled

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Store in the log all webhooks from a batch of bus messages."""
        await self._log_spooled.log([read_spooled(message) for message in batch])
