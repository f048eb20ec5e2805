"""Mark incoming messages as read or unread."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.storage import reading
from services.messaging.inbox.support.not_found import conversation_not_found
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage import messages
from services.messaging.sending.support.missing_message import message_not_found


class MarkRead:
    """Marks single messages and whole conversations."""

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def message(self, org_id: UUID, message_id: UUID, read: bool) -> Message:
        """Mark one message; the message afterwards.

        Raises ``NotFound``, ``CrossOrgAccess``, and ``InvalidInput`` not_incoming.
        """
        message = await self._find(org_id, message_id)
        if message.direction != "in" or message.contact_id is None:
            raise InvalidInput.of(
                "id", "is a message that you sent; only incoming ones are marked", "not_incoming"
            )
        async with self._database.org(org_id) as connection:
            await reading.mark(connection, org_id, message.contact_id, message_id, read)
        return await self._find(org_id, message_id)

    async def _find(self, org_id: UUID, message_id: UUID) -> Message:
        async with self._database.org(org_id) as connection:
            message = await messages.find(connection, org_id, message_id)
        if message is None:
            raise await message_not_found(self._database, org_id, message_id)
        return message

    async def thread(self, org_id: UUID, contact_id: UUID) -> RowMapping:
        """Mark every message of a contact as read; the conversation afterwards.

        Raises ``NotFound`` and ``CrossOrgAccess``.
        """
        async with self._database.org(org_id) as connection:
            row = await reading.mark_all(connection, org_id, contact_id)
        if row is None:
            raise await conversation_not_found(self._recipients, org_id, contact_id)
        return row
