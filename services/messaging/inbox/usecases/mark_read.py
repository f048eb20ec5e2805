"""Mark incoming messages as read or unread."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.storage import read_state
from services.messaging.inbox.storage.conversations import Conversation
from services.messaging.inbox.support.not_found import conversation_not_found
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage import messages


class MarkRead:
    """Marks messages as read or unread, and updates the unread count of their conversation."""

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def mark_message(self, org_id: UUID, message_id: UUID, read: bool) -> Message:
        """Mark one message as read or unread, and return it.

        Raises:
            NotFound: The message does not exist.
            CrossOrgAccess: The message belongs to another organisation.
            InvalidInput: not_incoming.
        """
        message = await self._find(org_id, message_id)
        if message.direction != "in" or message.contact_id is None:
            raise InvalidInput.of(
                "id", "must be an incoming message; this one was sent", "not_incoming"
            )
        async with self._database.org(org_id) as connection:
            await read_state.mark(connection, org_id, message.contact_id, message_id, read)
        return await self._find(org_id, message_id)

    async def mark_conversation(self, org_id: UUID, contact_id: UUID) -> Conversation:
        """Mark every message of a contact as read, and return the conversation.

        Raises:
            NotFound: The contact or the conversation does not exist.
            CrossOrgAccess: The contact belongs to another organisation.
        """
        async with self._database.org(org_id) as connection:
            conversation = await read_state.mark_all(connection, org_id, contact_id)
        if conversation is None:
            raise await conversation_not_found(self._recipients, org_id, contact_id)
        return conversation

    async def _find(self, org_id: UUID, message_id: UUID) -> Message:
        async with self._database.org(org_id) as connection:
            message = await messages.find(connection, org_id, message_id)
        if message is None:
            raise await messages.not_found(self._database, org_id, message_id)
        return message
