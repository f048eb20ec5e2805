"""Write exports to files, one after the other; the job that does it runs once at a time."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from uuid import UUID

import structlog

from servicekit.db.database import Database, is_outage
from servicekit.disks import is_disk_outage
from services.messaging.storage import exports, files
from services.messaging.storage.exports import Taken
from services.messaging.storage.history_csv import history_csv

log = structlog.get_logger()


def export_path(folder: Path, org_id: UUID, export_id: UUID) -> Path:
    """Where the file of an export is."""
    return folder / str(org_id) / f"{export_id}.csv"


class WriteExports:
    """Writes what was asked for. Cut off, it begins the file anew."""

    def __init__(self, database: Database, folder: Path, hours: int) -> None:
        self._database = database
        self._folder = folder
        self._hours = hours

    async def __call__(self) -> None:
        """Write every export that waits, as long as the folder takes them."""
        while taken := await self._take():
            try:
                await self._write(taken)
            except Exception as error:
                if is_disk_outage(error):
                    log.warning("export_waits", export_id=str(taken.id), error=repr(error))
                    await self._put_back(taken)
                    return
                if is_outage(error) or not taken.last:
                    raise
                log.exception("export_failed", export_id=str(taken.id))
                await self._give_up(taken)

    async def forget(self) -> None:
        """Remove files that have expired, then what is known of them."""
        async with self._database.system() as connection:
            expired = await exports.expired(connection)
        for org_id, export_id in expired:
            files.remove(export_path(self._folder, org_id, export_id))
            async with self._database.org(org_id) as connection:
                await exports.forget(connection, org_id, export_id)

    async def _take(self) -> Taken | None:
        async with self._database.system() as connection:
            return await exports.take(connection)

    async def _write(self, taken: Taken) -> None:
        path = export_path(self._folder, taken.org_id, taken.id)
        rows = 0
        with files.begin(path) as file:
            async with (
                self._database.org(taken.org_id) as connection,
                aclosing(history_csv(connection, taken.org_id, taken.wanted)) as blocks,
            ):
                async for block in blocks:
                    await asyncio.to_thread(file.write, block.data)
                    rows += block.rows
            await asyncio.to_thread(files.publish, file, path)
        async with self._database.org(taken.org_id) as connection:
            await exports.finish(connection, taken, rows, self._hours)

    async def _put_back(self, taken: Taken) -> None:
        async with self._database.org(taken.org_id) as connection:
            await exports.put_back(connection, taken)

    async def _give_up(self, taken: Taken) -> None:
        files.remove(export_path(self._folder, taken.org_id, taken.id))
        async with self._database.org(taken.org_id) as connection:
            await exports.fail(connection, taken, self._hours)
