"""Work an import off that was taken in before.

A worker that dies leaves whole chunks of contacts behind, and with each, in one transaction, how
many there are. The next one reads the file again from its beginning and passes over those.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.domain.import_file import ImportFile
from services.contacts.domain.import_rows import StagedContact
from services.contacts.storage import import_jobs, imports, lists
from services.contacts.storage.import_jobs import Lease
from services.contacts.usecases.import_contacts import chunks_of


class RunImportJob:
    """Works jobs off. Each piece of the file and each chunk of contacts renews the lease.

    It is good for ``lease_seconds``.
    """

    def __init__(self, database: Database, limits: CsvLimits, lease_seconds: float) -> None:
        self._database = database
        self._limits = limits
        self._lease_seconds = lease_seconds

    async def __call__(self, lease: Lease) -> None:
        """Import the rest of the job's file and finish the job.

        Raises:
            InvalidInput, PayloadTooLarge: as ``ImportContacts``.
            NotFound: the list is not there any more.
            LeaseLost: another worker has the job.
        """
        file = ImportFile(lease.options, self._limits)
        counts = {
            "created": lease.created,
            "updated": lease.updated,
            "skipped": 0,
            "incomplete": 0,
            "opted_out": lease.opted_out,
        }
        before = lease.created + lease.updated
        async with aclosing(chunks_of(file, self._pieces(lease))) as chunks:
            async for contacts in chunks:
                fresh, before = _not_counted(contacts, before)
                if fresh:
                    await self._merge(lease, file, fresh, counts)
        async with self._database.org(lease.org_id) as connection:
            await self._note(connection, lease, file, counts)
            await import_jobs.finish(connection, lease)

    async def _merge(
        self, lease: Lease, file: ImportFile, contacts: list[StagedContact], counts: dict[str, int]
    ) -> None:
        chunk = await asyncio.to_thread(imports.as_chunk, contacts)
        list_id = lease.options.list_id
        async with self._database.org(lease.org_id) as connection:
            if list_id is None or await lists.lock_existing(connection, lease.org_id, list_id):
                merged = await imports.merge(connection, lease.org_id, chunk, list_id)
                counts["created"] += merged.created
                counts["updated"] += chunk.size - merged.created
                counts["opted_out"] += merged.opted_out
                await self._note(connection, lease, file, counts)
                return
        raise await lists.why_absent(self._database, lease.org_id, list_id)

    async def _note(
        self, connection: AsyncConnection, lease: Lease, file: ImportFile, counts: dict[str, int]
    ) -> None:
        counts["skipped"], counts["incomplete"] = file.skipped, file.incomplete
        await import_jobs.save_progress(connection, lease, counts, file.errors, self._lease_seconds)

    async def _pieces(self, lease: Lease) -> AsyncGenerator[bytes]:
        number = 0
        while True:
            async with self._database.org(lease.org_id) as connection:
                await import_jobs.renew(connection, lease, self._lease_seconds)
                data = await import_jobs.read_chunk(connection, lease, number)
            if data is None:
                return
            yield data
            number += 1


def _not_counted(contacts: list[StagedContact], before: int) -> tuple[list[StagedContact], int]:
    """Return what is left of ``contacts`` after the first ``before``, and what is left of those.

    Rows of which only the opt-out is kept are in no count: they come again, which changes nothing.
    """
    if before == 0:
        return contacts, 0
    fresh = []
    for contact in contacts:
        if before and not contact[7]:
            before -= 1
        else:
            fresh.append(contact)
    return fresh, before
