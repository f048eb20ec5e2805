"""Stream outgoing messages as CSV to the caller, without storing a file."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.history.domain.message_filter import MessageFilter
from services.messaging.history.storage import outgoing_messages
from services.messaging.history.storage.history_csv import history_csv
from services.messaging.history.storage.outgoing_messages import ALL
from services.messaging.history.support.known_ids import KnownIds

# Rows that are read at once and kept in memory until they are sent.
_ROWS = 10_000


class StreamHistory:
    """Streams outgoing messages as CSV.

    Args:
        max_rows: The highest count of messages that are streamed. More are exported to a file.
        slots: How many database connections all exports of the process may use at the same time.
    """

    def __init__(self, database: Database, known_ids: KnownIds, max_rows: int, slots: int) -> None:
        self._database = database
        self._known_ids = known_ids
        self._max_rows = max_rows
        self._slots = asyncio.Semaphore(slots)

    async def is_too_large(self, org_id: UUID, wanted: MessageFilter) -> bool:
        """Return whether too many messages match to stream them.

        Raises:
            NotFound: The campaign or the contact does not exist.
            CrossOrgAccess: The campaign or the contact belongs to another organisation.
        """
        await self._known_ids.check(org_id, wanted)
        limit = self._max_rows + 1
        async with self._database.org(org_id) as connection:
            return await outgoing_messages.count(connection, org_id, wanted, limit) == limit

    async def stream(self, org_id: UUID, wanted: MessageFilter) -> AsyncGenerator[bytes]:
        """Yield all matching messages as blocks of CSV with a header row, oldest first.

        No connection is held while a block is sent, so a slow reader blocks nobody.
        """
        rows = ALL
        while True:
            async with self._slots, self._database.org(org_id) as connection:
                rows = await outgoing_messages.next_range(
                    connection, org_id, wanted, rows.until, _ROWS
                )
                blocks = [
                    block.data async for block in history_csv(connection, org_id, wanted, rows)
                ]
            for data in blocks:
                yield data
            if rows.until is None:
                return
