"""Mark incoming messages as read or unread."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.messaging.common.providers.recipients import Recipients
from services.messaging.common.support.absent import thread_absent
from services.messaging.inbox.storage import reading
from services.messaging.sending.storage import messages


class MarkRead:
    """Marks single messages and whole conversations."""

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def message(self, org_id: UUID, message_id: UUID, read: bool) -> RowMapping:
        """Mark one message; the message afterwards.

        Raises ``NotFound``, ``CrossOrgAccess``, and ``InvalidInput`` not_incoming.
        """
        row = await messages.get(self._database, org_id, message_id)
        if row["direction"] != "in":
            raise InvalidInput.of(
                "id", "is a message that you sent; only incoming ones are marked", "not_incoming"
            )
        async with self._database.org(org_id) as connection:
            await reading.mark(connection, org_id, row["contact_id"], message_id, read)
        return await messages.get(self._database, org_id, message_id)

    async def thread(self, org_id: UUID, contact_id: UUID) -> RowMapping:
        """Mark every message of a contact as read; the conversation afterwards.

        Raises ``NotFound`` and ``CrossOrgAccess``.
        """
        async with self._database.org(org_id) as connection:
            row = await reading.mark_all(connection, org_id, contact_id)
        if row is None:
            raise await thread_absent(self._recipients, org_id, contact_id)
        return row
