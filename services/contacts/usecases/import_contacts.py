"""Import contacts from a CSV file, chunk by chunk, each in a transaction of its own.

An import that breaks off in the middle leaves whole chunks behind; importing the file again
brings the rest and changes nothing of what is there.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.limits import IMPORT
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.domain.import_file import ImportFile, ImportOptions, Preview, PreviewFile
from services.contacts.domain.import_rows import RowError, StagedContact
from services.contacts.storage import imports, lists

CHUNK_ROWS = 5000


@dataclass(slots=True)
class Summary:
    """What became of an import: contacts created and updated, rows left out and why.

    ``opted_out``: contacts that the file opted out, without those who were opted out already.
    ``incomplete``: contacts that were imported without a cell that could not be read.
    """

    created: int = 0
    updated: int = 0
    skipped: int = 0
    opted_out: int = 0
    incomplete: int = 0
    errors: list[RowError] = field(default_factory=list)


class ImportContacts:
    """Imports files and previews them. Parsing runs in threads: the event loop stays free."""

    def __init__(self, database: Database, limits: CsvLimits) -> None:
        self._database = database
        self._limits = limits

    async def __call__(
        self, org_id: UUID, options: ImportOptions, pieces: AsyncIterator[bytes]
    ) -> Summary:
        """Import the file that ``pieces`` make up.

        Raises:
            NotFound, CrossOrgAccess: for the list.
            InvalidInput: no CSV file, or a mapping that doesn't fit it.
            PayloadTooLarge: too many bytes or rows. What came before stays imported.
        """
        await check_list(self._database, org_id, options.list_id)
        file = ImportFile(options, self._limits)
        summary = Summary()
        async for contacts in chunks_of(file, pieces):
            await self._merge(org_id, options, contacts, summary)
        summary.skipped, summary.incomplete = file.skipped, file.incomplete
        summary.errors += file.errors
        return summary

    async def preview(self, pieces: AsyncIterator[bytes]) -> Preview:
        """The head of the file that ``pieces`` make up. Raises ``InvalidInput``."""
        file = PreviewFile(self._limits)
        async for piece in pieces:
            if await asyncio.to_thread(file.read, piece):
                return file.preview()
        file.read(b"", last=True)
        return file.preview()

    async def _merge(
        self, org_id: UUID, options: ImportOptions, contacts: list[StagedContact], summary: Summary
    ) -> None:
        chunk = await asyncio.to_thread(imports.as_chunk, contacts)
        async with self._database.org(org_id, IMPORT) as connection:
            # It was there when the import began, and may have been deleted since.
            if options.list_id is None or await lists.lock_existing(
                connection, org_id, options.list_id
            ):
                merged = await imports.merge(connection, org_id, chunk, options.list_id)
                summary.created += merged.created
                summary.updated += chunk.size - merged.created
                summary.opted_out += merged.opted_out
                return
        raise await lists.why_absent(self._database, org_id, options.list_id)


async def chunks_of(
    file: ImportFile, pieces: AsyncIterator[bytes]
) -> AsyncGenerator[list[StagedContact]]:
    """The contacts of a file by the ``CHUNK_ROWS``, the same ones each time. Raises as ``file``."""
    waiting: list[StagedContact] = []
    async for piece in pieces:
        waiting += await asyncio.to_thread(file.read, piece)
        while len(waiting) >= CHUNK_ROWS:
            yield waiting[:CHUNK_ROWS]
            del waiting[:CHUNK_ROWS]
    waiting += await asyncio.to_thread(file.read, b"", True)
    while waiting:
        yield waiting[:CHUNK_ROWS]
        del waiting[:CHUNK_ROWS]


async def check_list(database: Database, org_id: UUID, list_id: UUID | None) -> None:
    """Raise ``NotFound`` or ``CrossOrgAccess`` for a list that the organisation does not have."""
    if list_id is None:
        return
    async with database.org(org_id) as connection:
        found = await lists.find(connection, org_id, list_id)
    if found is None:
        raise await lists.why_absent(database, org_id, list_id)
