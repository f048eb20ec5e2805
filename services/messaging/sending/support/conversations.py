"""The interface with which sending updates the inbox's conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A single message to a contact. `created_at` is the time at which it was stored.

    `answers`: the message is a reply, so all messages of the contact are marked as read.
    """

    contact_id: UUID
    phone: str
    body: str
    created_at: datetime
    answers: bool


class Conversations(Protocol):
    """Updates conversations in the transaction that stores or deletes their messages."""

    async def show_sent(self, connection: AsyncConnection, org_id: UUID, sent: SentMessage) -> None:
        """Show a single message in the conversation with its contact. Idempotent."""

    async def hide_deleted(
        self, connection: AsyncConnection, org_id: UUID, deleted: Sequence[tuple[UUID, str]]
    ) -> None:
        """Stop showing deleted messages in the list of conversations.

        Each message is given by its contact's id and its body.
        """

    async def forget_empty(
        self, connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
    ) -> None:
        """Delete the conversations with these contacts that have no messages any more.

        The unread messages of the others are counted again.
        """
