"""Let one replica at a time run a job, by locks of the database."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database

_LOCK = text("SELECT pg_try_advisory_lock(7218, :key)")
_UNLOCK = text("SELECT pg_advisory_unlock(7218, :key)")
# Until the connection ends. It never returns to the pool.
_SEE_EVERYTHING = text("SELECT set_config('app.scope', 'system', false)")


class JobLocks:
    """The locks of this process's jobs, all on one connection.

    If this connection breaks, the locks are released.

    With one connection per job, waiting jobs could take every connection of the pool. The
    connection also tells when jobs last ran, without a transaction for each of them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: AsyncConnection | None = None
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def hold(self, job: str) -> AsyncIterator[bool]:
        """Hold the lock of ``job``; yield False if another process has it."""
        key = {"key": zlib.crc32(job.encode()) - 2**31}
        held = bool((await self.execute(_LOCK, key))[0])
        try:
            yield held
        finally:
            if held:
                with suppress(SQLAlchemyError):  # the connection broke, which released the lock
                    await self.execute(_UNLOCK, key)

    async def close(self) -> None:
        """Release every lock, and close the connection."""
        if self._connection is not None:
            await self._connection.invalidate()
            await self._connection.close()
            self._connection = None

    async def execute(self, statement: TextClause, values: Mapping[str, object]) -> Row[Any]:
        """Execute a statement, which commits at once, and return its only row."""
        async with self._one_at_a_time:
            try:
                connection = await self._connected()
                return (await connection.execute(statement, values)).one()
            except SQLAlchemyError:
                if self._connection is None or self._connection.invalidated:
                    await self.close()  # otherwise the locks are still held
                raise

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            plain = await self._database.session()
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(_SEE_EVERYTHING)
            self._connection = connection
        return self._connection
