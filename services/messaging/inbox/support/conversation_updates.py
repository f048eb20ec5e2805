"""Update conversations when messages are sent or deleted."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.inbox.storage import reading, threads
from services.messaging.sending.support.conversations import SentMessage


class ConversationUpdates:
    """Implements sending's ``Conversations``."""

    async def show_sent(self, connection: AsyncConnection, org_id: UUID, sent: SentMessage) -> None:
        """Show a single message in the conversation with its contact. Idempotent."""
        person = (sent.contact_id, sent.phone)
        await threads.touch(connection, org_id, person, sent.body, sent.created_at, unread=0)
        if sent.answers:
            await reading.mark_all(connection, org_id, sent.contact_id)

    async def hide_deleted(
        self, connection: AsyncConnection, org_id: UUID, deleted: Sequence[tuple[UUID, str]]
    ) -> None:
        """Stop showing deleted messages, each given by its contact's id and its body."""
        await threads.forget(connection, org_id, deleted)
