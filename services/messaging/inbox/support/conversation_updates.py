"""Update conversations when messages are sent or deleted."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.inbox.storage import conversations, read_state
from services.messaging.inbox.storage.conversations import LatestMessage
from services.messaging.sending.support.conversations import SentMessage


class ConversationUpdates:
    """Implements the protocol `Conversations` of the package `sending`."""

    async def show_sent(self, connection: AsyncConnection, org_id: UUID, sent: SentMessage) -> None:
        """Show a single message in the conversation with its contact. Idempotent."""
        message = LatestMessage(
            sent.contact_id, sent.phone, sent.body, sent.created_at, is_unread=False
        )
        await conversations.show_message(connection, org_id, message)
        if sent.answers:
            await read_state.mark_all(connection, org_id, sent.contact_id)

    async def hide_deleted(
        self, connection: AsyncConnection, org_id: UUID, deleted: Sequence[tuple[UUID, str]]
    ) -> None:
        """Stop showing deleted messages in the list of conversations.

        Each message is given by its contact's id and its body.
        """
        await conversations.hide_deleted(connection, org_id, deleted)

    async def forget_empty(
        self, connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
    ) -> None:
        """Delete the conversations with these contacts that have no messages any more.

        The unread messages of the others are counted again.
        """
        await conversations.forget_empty(connection, org_id, contact_ids)
