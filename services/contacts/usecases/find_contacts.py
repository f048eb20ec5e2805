"""Find contacts: a page of those that match, or all of them as CSV."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.limits import EXPORT
from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.pages import COUNTED, PagePosition, require_reachable_page
from services.contacts.domain.search import require_words
from services.contacts.storage import contacts, exports, lists, search


class FindContacts:
    """Finds contacts. Of the process's connections, exports take ``export_slots`` at the most."""

    def __init__(self, database: Database, export_slots: int) -> None:
        self._database = database
        # An export holds its connection for as long as its reader takes.
        self._slots = asyncio.Semaphore(export_slots)

    async def page(
        self, org_id: UUID, filters: ContactFilter, position: PagePosition | int, limit: int
    ) -> tuple[Sequence[RowMapping], PagePosition]:
        """The page of ``limit`` contacts at ``position``, or with a number, and where that is.

        There is one contact more than ``limit`` where there is a further page. Raises
        ``NotFound`` or ``CrossOrgAccess`` for the list, ``InvalidInput`` for a number too high and
        for a search without words.
        """
        require_words(filters.search)
        if isinstance(position, int):
            require_reachable_page(position, limit, search.needs_counting(filters))
        async with self._database.org(org_id) as connection:
            absent = await _absent_list(connection, org_id, filters)
            if absent is None:
                contact_ids, position = await _page(connection, org_id, filters, position, limit)
                return await contacts.find_all(connection, org_id, contact_ids), position
        raise await lists.why_absent(self._database, org_id, absent)

    async def export(self, org_id: UUID, filters: ContactFilter) -> AsyncGenerator[bytes]:
        """All contacts that match, as CSV in blocks, with a header.

        Raises ``NotFound`` or ``CrossOrgAccess`` for the list, and ``InvalidInput`` for a search
        without words.
        """
        require_words(filters.search)
        async with self._slots, self._database.org(org_id, EXPORT) as connection:
            absent = await _absent_list(connection, org_id, filters)
            if absent is None:
                async with aclosing(exports.as_csv(connection, org_id, filters)) as blocks:
                    async for block in blocks:
                        yield block
        if absent:
            raise await lists.why_absent(self._database, org_id, absent)


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


async def _absent_list(
    connection: AsyncConnection, org_id: UUID, filters: ContactFilter
) -> UUID | None:
    """The list that is asked for, where there is none of the organisation with its id."""
    if filters.list_id and await lists.find(connection, org_id, filters.list_id) is None:
        return filters.list_id
    return None
