"""Take the file of an import in, chunk by chunk; it is worked off later."""

from collections.abc import AsyncGenerator, AsyncIterator
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput, PayloadTooLarge
from servicekit.process import run_to_end
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.domain.import_file import ImportFile, ImportOptions
from services.contacts.storage import import_jobs
from services.contacts.usecases.import_contacts import check_list

_CHUNK_BYTES = 1024 * 1024
_MAX_UNFINISHED = 10


class ReceiveImport:
    """Keeps files of imports. No connection is held while a slow sender takes its time."""

    def __init__(self, database: Database, limits: CsvLimits) -> None:
        self._database = database
        self._limits = limits

    async def __call__(
        self, org_id: UUID, options: ImportOptions, pieces: AsyncIterator[bytes]
    ) -> RowMapping:
        """Keep the file that ``pieces`` make up; the job as the contract shows it.

        Raises:
            NotFound, CrossOrgAccess: for the list.
            Conflict: too many jobs of the organisation wait or are being taken in already.
            InvalidInput: the head is none of a CSV file, or the mapping doesn't fit it.
            PayloadTooLarge: too many bytes. Nothing is kept then, nor where the sender hangs up.
        """
        await check_list(self._database, org_id, options.list_id)
        job_id = await self._begin(org_id, options)
        whole = False
        try:
            number = 0
            async for data in self._chunks(options, pieces):
                async with self._database.org(org_id) as connection:
                    await import_jobs.add_chunk(connection, org_id, job_id, number, data)
                number += 1
            async with self._database.org(org_id) as connection:
                job = await import_jobs.mark_ready(connection, org_id, job_id)
            whole = True
            return job
        finally:
            if not whole:
                await run_to_end(self._discard(org_id, job_id))

    async def _discard(self, org_id: UUID, job_id: UUID) -> None:
        async with self._database.org(org_id) as connection:
            await import_jobs.remove(connection, org_id, job_id)

    async def _begin(self, org_id: UUID, options: ImportOptions) -> UUID:
        async with self._database.org(org_id) as connection:
            await import_jobs.lock_additions(connection, org_id)
            if await import_jobs.count_unfinished(connection, org_id) < _MAX_UNFINISHED:
                return await import_jobs.add(connection, org_id, options)
        message = f"{_MAX_UNFINISHED} imports wait already. Try again when one of them is done."
        raise Conflict(message, "too_many_imports")

    async def _chunks(
        self, options: ImportOptions, pieces: AsyncIterator[bytes]
    ) -> AsyncGenerator[bytes]:
        head = ImportFile(options, self._limits)
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
