"""Log webhooks that the bus kept while the database could not be reached."""

from collections.abc import Sequence

from services.webhooks.domain.webhook import Webhook
from services.webhooks.providers.webhook_publisher import WebhookPublisher
from services.webhooks.storage.log_writer import LogWriter


class LogSpooled:
    """Writes webhooks that the bus has stored to the log, and publishes those that are new."""

    def __init__(self, writer: LogWriter, publisher: WebhookPublisher) -> None:
        self._writer = writer
        self._publisher = publisher

    async def log(self, webhooks: Sequence[Webhook]) -> None:
        """Write `webhooks` to the log, and publish those that it does not have yet. Idempotent.

        If the bus fails after a webhook was stored in the log, ``resend-unhandled`` publishes it.
        """
        new = await self._writer.add(webhooks)
        await self._publisher.publish([webhook for webhook in webhooks if webhook.id in new])
