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
from services.contacts.domain.import_rows import Staged
from services.contacts.storage import import_jobs, imports, lists
from services.contacts.storage.import_jobs import Lease
from services.contacts.usecases.import_contacts import chunks_of


class WorkOffImport:
    """Works jobs off. Each piece of the file and each chunk of contacts renews the lease.

    It is good for ``lease_seconds``.
    """

    def __init__(self, database: Database, limits: CsvLimits, lease_seconds: float) -> None:
        self._database = database
        self._limits = limits
        self._lease_seconds = lease_seconds

    async def __call__(self, held: Lease) -> None:
        """Import the rest of the job's file and finish the job.

        Raises:
            InvalidInput, PayloadTooLarge: as ``ImportContacts``.
            NotFound: the list is not there any more.
            LeaseLost: another worker has the job.
        """
        file = ImportFile(held.order, self._limits)
        counts = {"created": held.created, "updated": held.updated, "skipped": 0}
        before = held.created + held.updated
        async with aclosing(chunks_of(file, self._pieces(held))) as chunks:
            async for contacts in chunks:
                fresh = contacts[before:]
                before = max(0, before - len(contacts))
                if fresh:
                    await self._merge(held, file, fresh, counts)
        async with self._database.org(held.org_id) as connection:
            await self._note(connection, held, file, counts)
            await import_jobs.finish(connection, held)

    async def _merge(
        self, held: Lease, file: ImportFile, contacts: list[Staged], counts: dict[str, int]
    ) -> None:
        chunk = await asyncio.to_thread(imports.as_chunk, contacts)
        list_id = held.order.list_id
        async with self._database.org(held.org_id) as connection:
            if list_id is None or await lists.hold(connection, held.org_id, list_id):
                created = await imports.merge(connection, held.org_id, chunk, list_id)
                counts["created"] += created
                counts["updated"] += chunk.size - created
                await self._note(connection, held, file, counts)
                return
        raise await lists.why_absent(self._database, held.org_id, list_id)

    async def _note(
        self, connection: AsyncConnection, held: Lease, file: ImportFile, counts: dict[str, int]
    ) -> None:
        counts["skipped"] = file.skipped
        await import_jobs.note(connection, held, counts, file.errors, self._lease_seconds)

    async def _pieces(self, held: Lease) -> AsyncGenerator[bytes]:
        number = 0
        while True:
            async with self._database.org(held.org_id) as connection:
                await import_jobs.renew(connection, held, self._lease_seconds)
                data = await import_jobs.chunk(connection, held, number)
            if data is None:
                return
            yield data
            number += 1
