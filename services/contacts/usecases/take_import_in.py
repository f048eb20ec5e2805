"""Take the file of an import in, chunk by chunk; it is worked off later."""

from collections.abc import AsyncGenerator, AsyncIterator
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput, PayloadTooLarge
from servicekit.process import to_the_end
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.domain.import_file import ImportFile, ImportOrder
from services.contacts.storage import import_jobs
from services.contacts.usecases.import_contacts import check_list

_CHUNK_BYTES = 1024 * 1024
_MOST_OPEN = 10


class TakeImportIn:
    """Keeps files of imports. No connection is held while a slow sender takes its time."""

    def __init__(self, database: Database, limits: CsvLimits) -> None:
        self._database = database
        self._limits = limits

    async def __call__(
        self, org_id: UUID, order: ImportOrder, pieces: AsyncIterator[bytes]
    ) -> RowMapping:
        """Keep the file that ``pieces`` make up; the job as the contract shows it.

        Raises:
            NotFound, CrossOrgAccess: for the list.
            Conflict: too many jobs of the organisation wait or are being taken in already.
            InvalidInput: the head is none of a CSV file, or the mapping doesn't fit it.
            PayloadTooLarge: too many bytes. Nothing is kept then, nor where the sender hangs up.
        """
        await check_list(self._database, org_id, order.list_id)
        job_id = await self._begin(org_id, order)
        whole = False
        try:
            number = 0
            async for data in self._chunks(order, pieces):
                async with self._database.org(org_id) as connection:
                    await import_jobs.add_chunk(connection, org_id, job_id, number, data)
                number += 1
            async with self._database.org(org_id) as connection:
                job = await import_jobs.open_to_work(connection, org_id, job_id)
            whole = True
            return job
        finally:
            if not whole:
                await to_the_end(self._discard(org_id, job_id))

    async def _discard(self, org_id: UUID, job_id: UUID) -> None:
        async with self._database.org(org_id) as connection:
            await import_jobs.discard(connection, org_id, job_id)

    async def _begin(self, org_id: UUID, order: ImportOrder) -> UUID:
        async with self._database.org(org_id) as connection:
            await import_jobs.begin_alone(connection, org_id)
            if await import_jobs.count_open(connection, org_id) < _MOST_OPEN:
                return await import_jobs.begin(connection, org_id, order)
        message = f"{_MOST_OPEN} imports wait already. Try again when one of them is done."
        raise Conflict(message, "too_many_imports")

    async def _chunks(
        self, order: ImportOrder, pieces: AsyncIterator[bytes]
    ) -> AsyncGenerator[bytes]:
        head = ImportFile(order, self._limits)
        waiting = bytearray()
        size = 0
        async for piece in pieces:
            size += len(piece)
            if size > self._limits.max_bytes:
                raise PayloadTooLarge.of("file", f"has more than {self._limits.max_bytes:,} bytes")
            if not head.begun:
                head.read(piece)
            waiting += piece
            while len(waiting) >= _CHUNK_BYTES:
                yield bytes(waiting[:_CHUNK_BYTES])
                del waiting[:_CHUNK_BYTES]
        if size == 0:
            raise InvalidInput.of("file", "is empty")
        if not head.begun:
            head.read(b"", last=True)
        if waiting:
            yield bytes(waiting)
