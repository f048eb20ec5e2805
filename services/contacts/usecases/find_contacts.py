"""Find contacts: a page of those that match, or all of them as CSV."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.limits import EXPORT
from services.contacts.domain.contacts import Wanted
from services.contacts.domain.pages import COUNTED, Place, require_reachable_page
from services.contacts.domain.search import require_words
from services.contacts.storage import contacts, exports, lists, search


class FindContacts:
    """Finds contacts. Of the process's connections, exports take ``export_slots`` at the most."""

    def __init__(self, database: Database, export_slots: int) -> None:
        self._database = database
        # An export holds its connection for as long as its reader takes.
        self._slots = asyncio.Semaphore(export_slots)

    async def page(
        self, org_id: UUID, wanted: Wanted, place: Place | int, limit: int
    ) -> tuple[Sequence[RowMapping], Place]:
        """The page of ``limit`` contacts at ``place``, or with a number, and where that is.

        There is one contact more than ``limit`` where there is a further page. Raises
        ``NotFound`` or ``CrossOrgAccess`` for the list, ``InvalidInput`` for a number too high and
        for a search without words.
        """
        require_words(wanted.search)
        if isinstance(place, int):
            require_reachable_page(place, limit, search.is_counted(wanted))
        async with self._database.org(org_id) as connection:
            absent = await _absent_list(connection, org_id, wanted)
            if absent is None:
                contact_ids, place = await _page(connection, org_id, wanted, place, limit)
                return await contacts.find_all(connection, org_id, contact_ids), place
        raise await lists.why_absent(self._database, org_id, absent)

    async def export(self, org_id: UUID, wanted: Wanted) -> AsyncGenerator[bytes]:
        """All contacts that match, as CSV in blocks, with a header.

        Raises ``NotFound`` or ``CrossOrgAccess`` for the list, and ``InvalidInput`` for a search
        without words.
        """
        require_words(wanted.search)
        async with self._slots, self._database.org(org_id, EXPORT) as connection:
            absent = await _absent_list(connection, org_id, wanted)
            if absent is None:
                async with aclosing(exports.as_csv(connection, org_id, wanted)) as blocks:
                    async for block in blocks:
                        yield block
        if absent:
            raise await lists.why_absent(self._database, org_id, absent)


async def _page(
    connection: AsyncConnection, org_id: UUID, wanted: Wanted, place: Place | int, limit: int
) -> tuple[Sequence[UUID], Place]:
    more = limit + 1
    if isinstance(place, Place):
        found = await search.newest(connection, org_id, wanted, more, before=place.before)
        return found, place
    offset = (place - 1) * limit
    if search.is_counted(wanted):
        found = await search.newest(connection, org_id, wanted, COUNTED + 1)
        total = min(len(found), COUNTED)
        return found[offset : offset + more], Place(place, total, len(found) > COUNTED)
    found = await search.newest(connection, org_id, wanted, more, offset)
    return found, Place(place, await search.kept_total(connection, org_id, wanted), capped=False)


async def _absent_list(connection: AsyncConnection, org_id: UUID, wanted: Wanted) -> UUID | None:
    """The list that is asked for, where there is none of the organisation with its id."""
    if wanted.list_id and await lists.find(connection, org_id, wanted.list_id) is None:
        return wanted.list_id
    return None
