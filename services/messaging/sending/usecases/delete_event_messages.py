"""Delete the messages to an event's attendees, one batch per call."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.sending.storage import event_messages, messages
from services.messaging.sending.support.conversations import Conversations

_BATCH = 1000


class DeleteEventMessages:
    """Deletes event messages. The ledger and the usage counts stay."""

    def __init__(self, database: Database, conversations: Conversations) -> None:
        self._database = database
        self._conversations = conversations

    async def delete(self, org_id: UUID, event_id: UUID) -> tuple[int, bool]:
        """Delete messages whose status is final, with their delivery events.

        Conversations then show the message before a deleted one.

        Returns:
            How many were deleted, and whether the event has messages left.
        """
        async with self._database.org(org_id) as connection:
            settled = await event_messages.settled(connection, org_id, event_id, _BATCH)
            await messages.delete_all(connection, org_id, [each.id for each in settled])
            deleted = [(each.contact_id, each.body) for each in settled]
            await self._conversations.hide_deleted(connection, org_id, deleted)
            return len(settled), await event_messages.any_left(connection, org_id, event_id)
