"""Import contacts from a file in chunks, each in a transaction of its own.

An import that stops in the middle has imported whole chunks. Importing the file again imports the
rest and leaves the imported chunks unchanged.
"""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.limits import IMPORT
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.domain.import_chunks import chunks_of
from services.contacts.domain.import_file import ImportFile, ImportOptions, Preview, PreviewFile
from services.contacts.domain.import_rows import StagedContact
from services.contacts.domain.import_summary import ImportSummary
from services.contacts.storage import imports, lists
from services.contacts.support.segments import own_members_list


class ImportContacts:
    """Imports files and previews them. Parsing runs in threads, to keep the event loop free."""

    def __init__(self, database: Database, limits: CsvLimits) -> None:
        self._database = database
        self._limits = limits

    async def run(
        self, org_id: UUID, options: ImportOptions, pieces: AsyncIterator[bytes]
    ) -> ImportSummary:
        """Import the file that ``pieces`` make up.

        Raises:
            NotFound, CrossOrgAccess: the organisation doesn't have the list.
            Conflict: the list is a segment.
            InvalidInput: the file is not a CSV file, or the mapping doesn't fit it.
            PayloadTooLarge: too many bytes or rows. Contacts that were imported before stay.
        """
        if options.list_id:
            await self._require_list(org_id, options.list_id)
        file = ImportFile(options, self._limits)
        summary = ImportSummary()
        async for contacts in chunks_of(file, pieces):
            await self._merge(org_id, options, contacts, summary)
        summary.skipped, summary.incomplete = file.skipped, file.incomplete
        summary.errors += file.errors
        return summary

    async def preview(self, options: ImportOptions, pieces: AsyncIterator[bytes]) -> Preview:
        """Return the first rows of the file that ``pieces`` make up, and check them.

        Raises ``InvalidInput`` if the file is not a CSV file, or the mapping doesn't fit it.
        """
        file = PreviewFile(options, self._limits)
        async for piece in pieces:
            if await asyncio.to_thread(file.read, piece):
                break
        else:
            file.read(b"", last=True)
        return await asyncio.to_thread(file.preview)

    async def _require_list(self, org_id: UUID, list_id: UUID) -> None:
        async with self._database.org(org_id) as connection:
            exists = await own_members_list(connection, org_id, list_id)
        if not exists:
            raise await lists.not_found(self._database, org_id, list_id)

    async def _merge(
        self,
        org_id: UUID,
        options: ImportOptions,
        contacts: list[StagedContact],
        summary: ImportSummary,
    ) -> None:
        chunk = await asyncio.to_thread(imports.as_chunk, contacts)
        async with self._database.org(org_id, IMPORT) as connection:
            # The list existed when the import began, but may have been deleted since.
            if options.list_id is None or await lists.lock_existing(
                connection, org_id, options.list_id
            ):
                merged = await imports.merge(connection, org_id, chunk, options.list_id)
                summary.created += merged.created
                summary.updated += chunk.size - merged.created
                summary.opted_out += merged.opted_out
                return
        raise await lists.not_found(self._database, org_id, options.list_id)
