"""Send texts to many people in one request."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.domain.batches import BatchRequest
from services.campaigns.campaigns.providers.messages import BatchOrder, Messages, SentBatch
from services.campaigns.campaigns.support.fill_batch import FillBatch
from services.campaigns.templates.storage import templates


class SendBatch:
    """Sends batches."""

    def __init__(self, database: Database, fill: FillBatch, messages: Messages) -> None:
        self._database = database
        self._fill = fill
        self._messages = messages

    async def send(self, org_id: UUID, batch: BatchRequest, order: BatchOrder) -> SentBatch:
        """Fill the texts of `batch` and send them.

        Raises the errors of `FillBatch.fill` and of messaging.
        """
        filled = await self._fill.fill(org_id, batch)
        if batch.message is None and batch.template_id is not None:
            async with self._database.org(org_id) as connection:
                await templates.mark_used(connection, org_id, batch.template_id)
        return await self._messages.send_batch(filled, order)
