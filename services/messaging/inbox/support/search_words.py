"""Turn the words that a user searches for into a query."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import InvalidInput
from services.messaging.inbox.domain.search_text import to_tsquery
from services.messaging.inbox.storage import message_search
from services.messaging.inbox.storage.message_search import SearchQuery

_DIRECTIONS = ("in", "out")


async def query_of(
    connection: AsyncConnection, org_id: UUID, words: str, field: str, direction: str
) -> tuple[SearchQuery, Sequence[str]]:
    """Return the query for messages that contain every one of `words`, and the words as a list.

    Args:
        connection: A connection to the database, which splits the words.
        org_id: The organisation whose messages are searched.
        words: What the user wrote.
        field: The field of the request with the words, for the error.
        direction: `in` or `out`; empty for both.

    Raises:
        InvalidInput: nothing_to_search_for, if there are no letters or digits.
    """
    found = await message_search.words_of(connection, words)
    if not found.folded:
        raise InvalidInput.of(
            field, "must contain at least one letter or digit", "nothing_to_search_for"
        )
    directions = (direction,) if direction else _DIRECTIONS
    tsquery = to_tsquery(org_id, found.folded, directions)
    if found.old_form != found.folded:
        tsquery += f" | {to_tsquery(org_id, found.old_form, directions)}"
    return SearchQuery(tsquery, direction=direction), found.folded
