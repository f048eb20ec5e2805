"""Export the contacts that match a filter as CSV."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.limits import EXPORT
from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.search import require_words
from services.contacts.storage import exports, lists
from services.contacts.support.segments import with_segment


class ExportContacts:
    """Exports contacts. At most ``slots`` exports run in this process at the same time."""

    def __init__(self, database: Database, slots: int) -> None:
        self._database = database
        # An export keeps its connection until the reader has everything.
        self._slots = asyncio.Semaphore(slots)

    async def export(self, org_id: UUID, filters: ContactFilter) -> AsyncGenerator[bytes]:
        """Yield all matching contacts as CSV with a header, in blocks.

        Raises:
            NotFound, CrossOrgAccess: the organisation doesn't have the list.
            InvalidInput: the search has no words.
        """
        require_words(filters.search)
        async with self._slots, self._database.org(org_id, EXPORT) as connection:
            resolved = await with_segment(connection, org_id, filters)
            if resolved is not None:
                async with aclosing(exports.as_csv(connection, org_id, resolved)) as blocks:
                    async for block in blocks:
                        yield block
        if resolved is None:
            raise await lists.not_found(self._database, org_id, filters.list_id)
