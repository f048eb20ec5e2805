"""Read the list of conversations, and the messages of one conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from services.messaging.common.domain.recipients import Recipient
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.storage import (
    conversation_details,
    conversation_messages,
    conversations,
)
from services.messaging.inbox.storage.conversation_details import LastMessage
from services.messaging.inbox.storage.conversation_messages import ConversationPage, PageStart
from services.messaging.inbox.storage.conversations import (
    MAX_TOTAL,
    Conversation,
    ConversationFilter,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DescribedConversation:
    """A conversation with its contact and its last message.

    `contact` is None for a deleted contact, and while the contacts service is not available.
    """

    conversation: Conversation
    contact: Recipient | None
    last: LastMessage


@dataclass(frozen=True, slots=True)
class FoundConversations:
    """Conversations of a page, and how many match in all.

    If not `total_is_exact`, more than `total` conversations match. `total_unread` counts unread
    messages of all conversations that are not archived.
    """

    conversations: Sequence[Conversation]
    total: int
    total_is_exact: bool
    total_unread: int


class ReadConversations:
    """Reads conversations. The details of a page need only one gRPC call and one SQL statement."""

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def list_page(
        self,
        org_id: UUID,
        wanted: ConversationFilter,
        rows: int,
        before: tuple[datetime, UUID] | None,
    ) -> FoundConversations:
        """Return up to `rows` matching conversations after `before`, the latest first.

        Raises:
            NotFound: The contact does not exist.
            CrossOrgAccess: The contact belongs to another organisation.
        """
        async with self._database.org(org_id) as connection:
            found = await conversations.page(connection, org_id, wanted, rows, before)
            total = await conversations.count(connection, org_id, wanted)
            total_unread = await conversations.total_unread(connection, org_id)
            known = not wanted.contact_id or await conversations.exists(
                connection, org_id, wanted.contact_id
            )
        if wanted.contact_id and not known:
            await self._recipients.find(org_id, wanted.contact_id)
        return FoundConversations(found, min(total, MAX_TOTAL), total <= MAX_TOTAL, total_unread)

    async def describe(
        self, org_id: UUID, found: Sequence[Conversation]
    ) -> Sequence[DescribedConversation]:
        """Return conversations with their contacts and last messages."""
        if not found:
            return ()
        contact_ids = [conversation.contact_id for conversation in found]
        async with self._database.org(org_id) as connection:
            last = await conversation_details.last_messages(connection, org_id, contact_ids)
        contacts = await self._contacts(org_id, contact_ids)
        return [
            DescribedConversation(
                conversation,
                contacts.get(conversation.contact_id),
                last[conversation.contact_id],
            )
            for conversation in found
        ]

    async def messages(
        self, org_id: UUID, contact_id: UUID, limit: int, start: PageStart
    ) -> ConversationPage:
        """Return up to `limit` messages to and from a contact, beginning at `start`.

        Raises:
            NotFound: The contact does not exist.
            CrossOrgAccess: The contact belongs to another organisation.
        """
        async with self._database.org(org_id) as connection:
            page = await conversation_messages.page(connection, org_id, contact_id, limit, start)
        if not page.messages:
            await self._recipients.find(org_id, contact_id)
        return page

    async def _contacts(
        self, org_id: UUID, contact_ids: Sequence[UUID]
    ) -> Mapping[UUID, Recipient]:
        try:
            return await self._recipients.with_ids(org_id, contact_ids)
        except Unavailable as error:
            # Conversations can be read without names.
            log.warning("contacts_of_conversations_not_available", error=repr(error))
            return {}
