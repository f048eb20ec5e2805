"""Find contacts: a page of those that match, or all of them as CSV."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from services.contacts.domain.contacts import Wanted
from services.contacts.storage import contacts, exports, lists, search


class FindContacts:
    """Finds contacts. Of the process's connections, exports take ``export_slots`` at the most."""

    def __init__(self, database: Database, export_slots: int) -> None:
        self._database = database
        # An export holds its connection for as long as its reader takes.
        self._slots = asyncio.Semaphore(export_slots)

    async def page(
        self, org_id: UUID, wanted: Wanted, offset: int, limit: int
    ) -> tuple[Sequence[RowMapping], int]:
        """``limit`` contacts after the newest ``offset``, and how many match in all.

        Raises ``NotFound`` or ``CrossOrgAccess`` for the list.
        """
        async with self._database.org(org_id) as connection:
            absent = await _absent_list(connection, org_id, wanted)
            if absent is None:
                found = await search.page(connection, org_id, wanted, offset, limit)
                rows = await contacts.find_all(connection, org_id, found.contact_ids)
                return rows, found.total
        raise await lists.why_absent(self._database, org_id, absent)

    async def export(self, org_id: UUID, wanted: Wanted) -> AsyncGenerator[bytes]:
        """All contacts that match, as CSV in blocks, with a header.

        Raises ``NotFound`` or ``CrossOrgAccess`` for the list.
        """
        async with self._slots, self._database.org(org_id) as connection:
            absent = await _absent_list(connection, org_id, wanted)
            if absent is None:
                async with aclosing(exports.as_csv(connection, org_id, wanted)) as blocks:
                    async for block in blocks:
                        yield block
        if absent:
            raise await lists.why_absent(self._database, org_id, absent)


async def _absent_list(connection: AsyncConnection, org_id: UUID, wanted: Wanted) -> UUID | None:
    """The list that is asked for, where there is none of the organisation with its id."""
    if wanted.list_id and await lists.find(connection, org_id, wanted.list_id) is None:
        return wanted.list_id
    return None
