"""Find contacts: a page of the matching ones, or all of them as CSV."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.limits import EXPORT
from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.pages import COUNTED, PagePosition, require_reachable_page
from services.contacts.domain.search import require_words
from services.contacts.storage import contacts, exports, lists, search
from services.contacts.storage.rows import Contact


class FindContacts:
    """Finds contacts. Exports use at most ``export_slots`` of the process's connections."""

    def __init__(self, database: Database, export_slots: int) -> None:
        self._database = database
        # An export keeps its connection until the reader has everything.
        self._slots = asyncio.Semaphore(export_slots)

    async def page(
        self, org_id: UUID, filters: ContactFilter, position: PagePosition | int, limit: int
    ) -> tuple[Sequence[Contact], PagePosition]:
        """Load a page of ``limit`` contacts. ``position`` may be a page number.

        Returns the contacts (one more than ``limit`` if there is another page) and the page's
        position.

        Raises:
            NotFound, CrossOrgAccess: the organisation doesn't have the list.
            InvalidInput: the page number is too high, or the search has no words.
        """
        require_words(filters.search)
        if isinstance(position, int):
            require_reachable_page(position, limit, search.needs_counting(filters))
        async with self._database.org(org_id) as connection:
            missing = await lists.is_missing(connection, org_id, filters.list_id)
            if not missing:
                contact_ids, position = await _page(connection, org_id, filters, position, limit)
                return await contacts.find_all(connection, org_id, contact_ids), position
        raise await lists.not_found(self._database, org_id, filters.list_id)

    async def export(self, org_id: UUID, filters: ContactFilter) -> AsyncGenerator[bytes]:
        """Yield all matching contacts as CSV with a header, in blocks.

        Raises:
            NotFound, CrossOrgAccess: the organisation doesn't have the list.
            InvalidInput: the search has no words.
        """
        require_words(filters.search)
        async with self._slots, self._database.org(org_id, EXPORT) as connection:
            missing = await lists.is_missing(connection, org_id, filters.list_id)
            if not missing:
                async with aclosing(exports.as_csv(connection, org_id, filters)) as blocks:
                    async for block in blocks:
                        yield block
        if missing:
            raise await lists.not_found(self._database, org_id, filters.list_id)


async def _page(
    connection: AsyncConnection,
    org_id: UUID,
    filters: ContactFilter,
    position: PagePosition | int,
    limit: int,
) -> tuple[Sequence[UUID], PagePosition]:
    more = limit + 1
    if isinstance(position, PagePosition):
        found = await search.newest(connection, org_id, filters, more, before=position.before)
        return found, position
    offset = (position - 1) * limit
    if search.needs_counting(filters):
        found = await search.newest(connection, org_id, filters, COUNTED + 1)
        total = min(len(found), COUNTED)
        return found[offset : offset + more], PagePosition(position, total, len(found) > COUNTED)
    found = await search.newest(connection, org_id, filters, more, offset)
    return found, PagePosition(
        position, await search.stored_total(connection, org_id, filters), capped=False
    )
