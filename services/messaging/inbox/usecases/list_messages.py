"""List messages of both directions page by page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.domain.message_list import ListPosition, MessageListFilter
from services.messaging.inbox.storage import message_list, message_search
from services.messaging.inbox.storage.message_list import OrgMessages
from services.messaging.inbox.support.search_words import query_of
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage import campaigns, counts, messages
from services.messaging.sending.storage.newest_first import SortKey

# How many messages are scanned before the index is used, and how many if the index can't be used.
_SHORT_SCAN = 5_000
_LONG_SCAN = 50_000
# With more matches than this, the searched words count as common.
_RARE = 1_000


@dataclass(frozen=True, slots=True)
class ListedMessages:
    """A page of messages, newest first.

    Attributes:
        messages: The messages.
        next: Where the next page starts, or None at the end.
        searched_until: The time that a search has reached, if it stopped before the page was full.
    """

    messages: Sequence[Message]
    next: ListPosition | None
    searched_until: datetime | None


@dataclass(frozen=True, slots=True)
class _Found:
    """The sort keys of a page, and of one message more, and where a search stopped."""

    keys: Sequence[SortKey]
    stopped_at: SortKey | None = None
    is_common: bool = False


class ListMessages:
    """Lists messages. An unknown campaign or contact is an error, not an empty page."""

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def list_page(
        self, org_id: UUID, wanted: MessageListFilter, after: ListPosition | None, limit: int
    ) -> ListedMessages:
        """Return up to `limit` matching messages after `after`.

        Raises:
            InvalidInput: nothing_to_search_for.
            NotFound: The campaign or the contact does not exist.
            CrossOrgAccess: The campaign or the contact belongs to another organisation.
        """
        if wanted.phone:
            contact = await self._recipients.with_phone(org_id, wanted.phone)
            if contact is None or wanted.contact_id not in (None, contact.contact_id):
                return ListedMessages((), None, None)
            wanted = replace(wanted, contact_id=contact.contact_id)
        listed = OrgMessages(org_id, wanted, after)
        async with self._database.org(org_id) as connection:
            found = await _find(connection, listed, limit + 1)
            ids = [message_id for _, message_id in found.keys[:limit]]
            page = await messages.find_all(connection, org_id, ids)
        if not page:
            await self._check_ids(org_id, wanted)
        return _page(found, page, limit)

    async def _check_ids(self, org_id: UUID, wanted: MessageListFilter) -> None:
        """Raise an error for a campaign or a contact that the organisation doesn't own."""
        if wanted.campaign_id:
            async with self._database.org(org_id) as connection:
                known = await counts.of_campaigns(connection, org_id, [wanted.campaign_id])
            if not known:
                raise await campaigns.not_found(self._database, org_id, wanted.campaign_id)
        if wanted.contact_id and not wanted.phone:
            async with self._database.org(org_id) as connection:
                listed = OrgMessages(org_id, MessageListFilter(contact_id=wanted.contact_id), None)
                known_contact = await message_list.page(connection, listed, 1)
            if not known_contact:
                await self._recipients.find(org_id, wanted.contact_id)


async def _find(connection: AsyncConnection, listed: OrgMessages, rows: int) -> _Found:
    wanted = listed.wanted
    if not wanted.search:
        return _Found(await message_list.page(connection, listed, rows))
    direction = wanted.implied_direction
    query, _ = await query_of(connection, listed.org_id, wanted.search, "search", direction)
    is_common = listed.after is not None and listed.after.is_common
    length = _LONG_SCAN if is_common else _SHORT_SCAN
    scanned = await message_list.scan(connection, listed, query.tsquery, rows, length)
    if len(scanned.found) >= rows or scanned.last is None:
        return _Found(scanned.found, is_common=is_common)
    if not is_common:
        ids = await message_search.by_index(
            connection, listed.org_id, query, query.beyond, _RARE + 1
        )
        if ids is not None and len(ids) <= _RARE:
            return _Found(await message_list.page_of(connection, listed, ids, rows))
    return _Found(scanned.found, stopped_at=scanned.last, is_common=True)


def _page(found: _Found, page: Sequence[Message], limit: int) -> ListedMessages:
    if found.stopped_at:
        at, message_id = found.stopped_at
        return ListedMessages(page, ListPosition(at, message_id, is_common=True), at)
    if len(found.keys) <= limit:
        return ListedMessages(page, None, None)
    return ListedMessages(page, ListPosition(*found.keys[limit - 1], found.is_common), None)
