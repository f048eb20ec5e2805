"""Renew the search words of contacts that were stored by an earlier version."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.contacts.storage import search_words
from services.contacts.storage.search_words import OldWords

_PAGE_SIZE = 500
_FIRST = UUID(int=0)


class RenewSearchWords:
    """Updates the search words of contacts, each contact in a short transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._items = JobItems(database, "contacts", "renew-search-words")

    async def renew_all(self) -> None:
        """Update old search words in all organisations.

        A contact that fails is left to a later run.
        """
        async with self._items.turn() as turn:
            page = await self._page(_FIRST)
            while page:
                for contact in page:
                    item = Item(str(contact.contact_id), contact.org_id)
                    await turn.attempt(item, partial(self._renew, contact))
                page = await self._page(page[-1].contact_id)

    async def _page(self, after: UUID) -> Sequence[OldWords]:
        async with self._database.system() as connection:
            return await search_words.page(connection, after, _PAGE_SIZE)

    async def _renew(self, contact: OldWords) -> None:
        async with self._database.org(contact.org_id) as connection:
            await search_words.renew(connection, contact.org_id, contact.contact_id)
