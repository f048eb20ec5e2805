"""Tell owners by mail that a webhook endpoint fails or was disabled."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from services.gateway.domain.mails import WEBHOOK_ALERTS
from services.gateway.storage import webhook_mails


class MailAboutWebhooks:
    """Queues the mails. A job sends them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def queue(self, told: Sequence[tuple[str, UUID, str]]) -> None:
        """Queue mails. Each item is the id of a bus message, the organisation and the kind.

        Notices of other kinds are not mailed. Idempotent.
        """
        mailed = [each for each in told if each[2] in WEBHOOK_ALERTS]
        async with self._database.system() as connection:
            await webhook_mails.queue_once(connection, mailed)
