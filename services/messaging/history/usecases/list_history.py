"""List outgoing messages page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.history.domain.message_filter import MAX_TOTAL, MessageFilter
from services.messaging.history.storage import outgoing_messages
from services.messaging.history.storage.outgoing_messages import HistoryPage
from services.messaging.history.support.known_ids import KnownIds
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage import messages


@dataclass(frozen=True, slots=True)
class FoundMessages:
    """A page of messages, and how many match in all.

    If not `total_is_exact`, more than `total` messages match.
    """

    messages: Sequence[Message]
    total: int
    total_is_exact: bool


class ListHistory:
    """Lists outgoing messages. An unknown campaign or contact is an error, not an empty page."""

    def __init__(self, database: Database, known_ids: KnownIds) -> None:
        self._database = database
        self._known_ids = known_ids

    async def list_page(
        self, org_id: UUID, wanted: MessageFilter, page: HistoryPage
    ) -> FoundMessages:
        """Return the matching messages of `page`, newest first.

        Raises:
            NotFound: The campaign or the contact does not exist.
            CrossOrgAccess: The campaign or the contact belongs to another organisation.
        """
        await self._known_ids.check(org_id, wanted)
        async with self._database.org(org_id) as connection:
            total = await outgoing_messages.total(connection, org_id, wanted)
            ids = await outgoing_messages.page(connection, org_id, wanted, page)
            found = await messages.find_all(connection, org_id, ids)
        return FoundMessages(found, min(total, MAX_TOTAL), total_is_exact=total <= MAX_TOTAL)
