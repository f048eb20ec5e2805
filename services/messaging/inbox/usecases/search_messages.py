"""Search messages, newest first. A long search is done in several requests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.ids import time_of
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.storage import message_search
from services.messaging.inbox.storage.message_search import SearchQuery
from services.messaging.inbox.support.search_words import query_of
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage import messages

# How many messages are scanned before the index is used, and how many if the index can't be used.
_SHORT_SCAN = 5_000
_LONG_SCAN = 50_000


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """A filter for the messages to search: words, contact and direction.

    An empty direction means both.
    """

    text: str
    contact_id: UUID | None
    direction: str
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class SearchPosition:
    """The position at which a search continues: at messages older than `before`.

    If `is_common`, an earlier page found too many matches in the index, so messages are read by
    time instead.
    """

    before: UUID
    is_common: bool


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of messages, newest first.

    Attributes:
        messages: The matching messages.
        words: The words that were searched.
        next: Where the next page starts, or None at the end.
        searched_until: The time that the search has reached, if it stopped before the page was
            full.
    """

    messages: Sequence[Message]
    words: Sequence[str]
    next: SearchPosition | None
    searched_until: datetime | None


class SearchMessages:
    """Searches messages by scanning them and by an index.

    Each of the two has a limit, so that every page is fast.
    """

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def search(
        self, org_id: UUID, wanted: SearchFilter, position: SearchPosition | None, limit: int
    ) -> SearchResult:
        """Return up to `limit` messages after `position`.

        Raises:
            InvalidInput: nothing_to_search_for, if the text has no letters or digits.
            NotFound: The contact does not exist.
            CrossOrgAccess: The contact belongs to another organisation.
        """
        async with self._database.org(org_id) as connection:
            query, words = await query_of(
                connection, org_id, wanted.text, "search", wanted.direction
            )
            query = replace(
                query, contact_id=wanted.contact_id, since=wanted.since, until=wanted.until
            )
            start = position or SearchPosition(query.beyond, is_common=False)
            ids, following = await _page(connection, org_id, query, start, limit)
            found = await messages.find_all(connection, org_id, ids)
        if wanted.contact_id and not found:
            await self._recipients.find(org_id, wanted.contact_id)
        searched_until = time_of(following.before) if following and len(ids) < limit else None
        return SearchResult(found, words, following, searched_until)


async def _page(
    connection: AsyncConnection,
    org_id: UUID,
    query: SearchQuery,
    start: SearchPosition,
    limit: int,
) -> tuple[Sequence[UUID], SearchPosition | None]:
    """Return the ids of a page, and where the next page starts."""
    length = _LONG_SCAN if start.is_common else _SHORT_SCAN
    scan = await message_search.scan(connection, org_id, query, start.before, limit + 1, length)
    found = scan.found
    if len(found) > limit:
        return found[:limit], SearchPosition(found[limit - 1], start.is_common)
    if scan.last_scanned is None:
        return found, None
    if start.is_common or query.contact_id:
        return found, SearchPosition(scan.last_scanned, is_common=True)
    missing = limit + 1 - len(found)
    older = await message_search.by_index(connection, org_id, query, scan.last_scanned, missing)
    if older is None:
        return found, SearchPosition(scan.last_scanned, is_common=True)
    found = [*found, *older]
    following = SearchPosition(found[limit - 1], False) if len(found) > limit else None
    return found[:limit], following
