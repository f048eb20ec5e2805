"""Read the contacts of a file in chunks."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from services.contacts.domain.import_file import ImportFile
from services.contacts.domain.import_rows import StagedContact

CHUNK_ROWS = 5000


async def chunks_of(
    file: ImportFile, pieces: AsyncIterator[bytes]
) -> AsyncGenerator[list[StagedContact]]:
    """Yield a file's contacts in chunks of ``CHUNK_ROWS``.

    A file has the same chunks each time it is read. Parsing runs in threads, to keep the event loop
    free. Raises the errors of ``ImportFile``.
    """
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
