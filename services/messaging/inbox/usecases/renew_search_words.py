"""Renew the search words of messages that were stored by an earlier version."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems, Turn
from services.messaging.inbox.storage import old_search_words
from services.messaging.inbox.storage.old_search_words import Position

_PAGE_SIZE = 1000


class RenewSearchWords:
    """Updates the search words of all messages, once for each version of the rules.

    Messages are read in pages. The position is stored after each page, so an interrupted run
    continues there. A message that fails is recorded under its id, and is tried again in later
    runs.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._items = JobItems(database, "messaging", "renew-search-words", keeps=True)

    async def renew_all(self) -> None:
        """Update messages after the stored position, and those that failed before."""
        async with self._items.turn() as turn:
            await turn.apply([*turn.known], self._renew)
            async with self._database.system() as connection:
                position = await old_search_words.position(connection)
            while position:
                position = await self._renew_page(turn, position)

    async def _renew_page(self, turn: Turn, after: Position) -> Position | None:
        async with self._database.system() as connection:
            page = await old_search_words.page(connection, after, _PAGE_SIZE)
        if page:
            items = [Item(str(message.message_id), message.org_id) for message in page.old]
            await turn.apply(items, self._renew)
        async with self._database.system() as connection:
            if page is None:
                await old_search_words.finish(connection)
                return None
            await old_search_words.move(connection, page.end)
        return page.end

    async def _renew(self, items: Sequence[Item]) -> None:
        messages = [Position(item.org_id, UUID(item.id)) for item in items if item.org_id]
        async with self._database.system() as connection:
            await old_search_words.renew(connection, messages)
