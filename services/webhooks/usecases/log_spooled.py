"""Log webhooks that the bus kept while the database could not be reached."""

from collections.abc import Sequence

from services.webhooks.domain.webhook import Webhook
from services.webhooks.providers.webhook_publisher import WebhookPublisher
from services.webhooks.storage.log_writer import LogWriter


class LogSpooled:
    """Logs webhooks that the bus kept, and publishes those that are new."""

    def __init__(self, writer: LogWriter, publisher: WebhookPublisher) -> None:
        self._writer = writer
        self._publisher = publisher

    async def log(self, webhooks: Sequence[Webhook]) -> None:
        """Log `webhooks` and publish those that the log does not have yet. Idempotent.

        If the bus fails after a webhook was logged, ``resend-unhandled`` publishes it.
        """
        new = await self._writer.add(webhooks)
        await self._publisher.publish([webhook for webhook in webhooks if webhook.id in new])
