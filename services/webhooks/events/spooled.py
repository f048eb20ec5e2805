"""Handle ``webhook.spooled``: webhooks that the bus kept while the database was unreachable."""

from collections.abc import Sequence

from servicekit.bus.consumer import Incoming
from services.webhooks.providers.webhook_publisher import read_spooled
from services.webhooks.usecases.log_spooled import LogSpooled


class Spooled:
    """Consume ``webhook.spooled``. It needs no inbox: the log keeps each webhook once."""

    def __init__(self, log_spooled: LogSpooled) -> None:
        self._log_spooled = log_spooled

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Log the webhooks of a batch."""
        await self._log_spooled.log([read_spooled(message) for message in batch])
