"""Tell owners by mail that a webhook endpoint fails or was disabled."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.bus import inbox
from servicekit.bus.streams import GATEWAY_WEBHOOK_NOTICES
from servicekit.db.database import Database
from servicekit.modes import live_org_of
from services.gateway.domain.mails import WEBHOOK_ALERTS
from services.gateway.storage import mails

_CONSUMER = GATEWAY_WEBHOOK_NOTICES.name


class MailAboutWebhooks:
    """Queues the mails. A job sends them later."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def queue(self, told: Sequence[tuple[str, UUID, str]]) -> None:
        """Queue mails about notices.

        Each item of `told` is the id of a bus message, the organisation and the kind of the notice.

        Notices of other kinds are not mailed. Idempotent.
        """
        mailed = [each for each in told if each[2] in WEBHOOK_ALERTS]
        async with self._database.system() as connection:
            fresh = await inbox.claim(
                connection, _CONSUMER, [message_id for message_id, _, _ in mailed]
            )
            for message_id, org_id, kind in mailed:
                if message_id in fresh:
                    # The owners of a test organisation are those of the live one.
                    await mails.queue_owner_alerts(connection, kind, live_org_of(org_id))
