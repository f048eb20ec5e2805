"""Archive a conversation or bring it back."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.storage import conversations
from services.messaging.inbox.storage.conversations import Conversation
from services.messaging.inbox.support.not_found import conversation_not_found


class ArchiveConversation:
    """Moves conversations to the archive and back.

    An archived conversation also comes back when the contact writes again.
    """

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def set_archived(self, org_id: UUID, contact_id: UUID, archived: bool) -> Conversation:
        """Archive the conversation with a contact or bring it back, and return it.

        Raises:
            NotFound: The contact or the conversation does not exist.
            CrossOrgAccess: The contact belongs to another organisation.
        """
        async with self._database.org(org_id) as connection:
            found = await conversations.archive(connection, org_id, contact_id, archived)
        if found is None:
            raise await conversation_not_found(self._recipients, org_id, contact_id)
        return found
