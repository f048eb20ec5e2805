"""Delete the texts to an event's attendees, some at a time."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.sending.storage import event_texts, messages
from services.messaging.sending.support.conversations import Conversations

_BATCH = 1000


class DeleteEventTexts:
    """Deletes texts. Ledger and running counts stay."""

    def __init__(self, database: Database, conversations: Conversations) -> None:
        self._database = database
        self._conversations = conversations

    async def __call__(self, org_id: UUID, event_id: UUID) -> tuple[int, bool]:
        """Delete settled texts with their delivery events; how many, and whether any are left.

        Conversations show the message before a deleted one then.
        """
        async with self._database.org(org_id) as connection:
            gone = await event_texts.settled(connection, org_id, event_id, _BATCH)
            await messages.delete_all(connection, org_id, [row["id"] for row in gone])
            deleted = [(row["contact_id"], row["body"]) for row in gone]
            await self._conversations.hide_deleted(connection, org_id, deleted)
            return len(gone), await event_texts.any_left(connection, org_id, event_id)
