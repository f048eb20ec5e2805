"""Search messages, newest first; what takes long is searched a stretch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.ids import time_of
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.domain.search import to_tsquery
from services.messaging.inbox.storage import search
from services.messaging.inbox.storage.search import Sought, Words
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage import messages

# Messages that are walked through: before the index is asked, and where it can't help.
_SHORT_WALK = 5_000
_LONG_WALK = 50_000
_DIRECTIONS = ("in", "out")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to search for, as the caller said it. Empty direction: both."""

    text: str
    contact_id: UUID | None
    direction: str
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Position:
    """Where to go on: before a message. ``common``: the index was asked before, in vain."""

    before: UUID
    common: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A page of messages, newest first, and the words that they were found by.

    ``next``: where to go on; None at the end. ``until``: how far the search has come where it
    stopped before the page was full.
    """

    rows: Sequence[Message]
    words: Sequence[str]
    next: Position | None
    until: datetime | None


class SearchMessages:
    """Searches messages."""

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def __call__(
        self, org_id: UUID, wanted: Wanted, position: Position | None, limit: int
    ) -> Found:
        """A page of at most ``limit`` messages after ``position``.

        Raises ``InvalidInput`` nothing_to_search_for; ``NotFound`` and ``CrossOrgAccess`` for the
        contact.
        """
        async with self._database.org(org_id) as connection:
            words = await search.words_of(connection, wanted.text)
            if not words.folded:
                raise InvalidInput.of(
                    "q", "has no word or number to search for", "nothing_to_search_for"
                )
            sought = _sought(org_id, wanted, words)
            start = position or Position(sought.beyond, common=False)
            ids, following = await _page(connection, org_id, sought, start, limit)
            rows = await messages.find_all(connection, org_id, ids)
        if wanted.contact_id and not rows:
            await self._recipients.find(org_id, wanted.contact_id)
        until = time_of(following.before) if following and len(ids) < limit else None
        return Found(rows, words.folded, following, until)


def _sought(org_id: UUID, wanted: Wanted, words: Words) -> Sought:
    directions = (wanted.direction,) if wanted.direction else _DIRECTIONS
    query = to_tsquery(org_id, words.folded, directions)
    if words.before != words.folded:
        query += f" | {to_tsquery(org_id, words.before, directions)}"
    return Sought(query, wanted.contact_id, wanted.direction, wanted.since, wanted.until)


async def _page(
    connection: AsyncConnection, org_id: UUID, sought: Sought, start: Position, limit: int
) -> tuple[Sequence[UUID], Position | None]:
    """The ids of a page, and where the next one starts."""
    length = _LONG_WALK if start.common else _SHORT_WALK
    walked = await search.walk(connection, org_id, sought, start.before, limit + 1, length)
    found = walked.found
    if len(found) > limit:
        return found[:limit], Position(found[limit - 1], start.common)
    if walked.last is None:
        return found, None
    if start.common or sought.contact_id:
        return found, Position(walked.last, common=True)
    missing = limit + 1 - len(found)
    older = await search.by_index(connection, org_id, sought, walked.last, missing)
    if older is None:
        return found, Position(walked.last, common=True)
    found = [*found, *older]
    return found[:limit], Position(found[limit - 1], False) if len(found) > limit else None
