"""Receive the file of an import job in chunks. The job is run later."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput, PayloadTooLarge
from servicekit.ids import new_id
from servicekit.process import run_to_end
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.domain.import_file import ImportFile, ImportOptions, RowCounter
from services.contacts.storage import import_jobs, lists
from services.contacts.storage.rows import ImportJob
from services.contacts.support.segments import own_members_list

_CHUNK_BYTES = 1024 * 1024
_MAX_UNFINISHED = 10
_TOO_MANY = f"{_MAX_UNFINISHED} imports are unfinished. Try again when one of them is done."


class ReceiveImport:
    """Stores files of import jobs. Holds no database connection while it waits for the client."""

    def __init__(self, database: Database, limits: CsvLimits) -> None:
        self._database = database
        self._limits = limits

    async def receive(
        self, org_id: UUID, options: ImportOptions, pieces: AsyncIterator[bytes]
    ) -> ImportJob:
        """Store the file that ``pieces`` make up as an import job. Stores nothing if this fails.

        Raises:
            NotFound, CrossOrgAccess: the organisation doesn't have the list.
            Conflict: the organisation has too many unfinished jobs, or the list is a segment.
            InvalidInput: the file doesn't begin like a CSV file, or the mapping doesn't fit it.
            PayloadTooLarge: too many bytes.
        """
        job_id, number = new_id(), 0
        counter = RowCounter(options, self._limits)
        whole = False
        try:
            await self._begin(org_id, job_id, options)
            async for data in self._chunks(options, _counted(counter, pieces)):
                async with self._database.org(org_id) as connection:
                    await import_jobs.add_chunk(connection, org_id, job_id, number, data)
                number += 1
            async with self._database.org(org_id) as connection:
                job = await import_jobs.mark_ready(connection, org_id, job_id, counter.total)
            whole = True
            return job
        finally:
            if not whole:
                await run_to_end(self._discard(org_id, job_id))

    async def _discard(self, org_id: UUID, job_id: UUID) -> None:
        async with self._database.org(org_id) as connection:
            await import_jobs.remove(connection, org_id, job_id)

    async def _begin(self, org_id: UUID, job_id: UUID, options: ImportOptions) -> None:
        async with self._database.org(org_id) as connection:
            exists = await own_members_list(connection, org_id, options.list_id)
            if exists:
                await import_jobs.lock_additions(connection, org_id)
                if await import_jobs.count_unfinished(connection, org_id) >= _MAX_UNFINISHED:
                    raise Conflict(_TOO_MANY, "too_many_imports")
                await import_jobs.add(connection, org_id, options, job_id)
        if not exists:
            raise await lists.not_found(self._database, org_id, options.list_id)

    async def _chunks(
        self, options: ImportOptions, pieces: AsyncIterator[bytes]
    ) -> AsyncGenerator[bytes]:
        head = ImportFile(options, self._limits)
        waiting = bytearray()
        size = 0
        async for piece in pieces:
            size += len(piece)
            if size > self._limits.max_bytes:
                raise PayloadTooLarge.of(
                    "file",
                    f"has more than {self._limits.max_bytes:,} bytes; split it into smaller files",
                )
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


async def _counted(counter: RowCounter, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the pieces of a file, and count its rows in threads, to keep the event loop free."""
    async for piece in pieces:
        yield piece
        await asyncio.to_thread(counter.read, piece)
    await asyncio.to_thread(counter.read, b"", True)
