"""Write exports to files, one after the other; the job that does it runs once at a time."""

from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.limits import EXPORT
from servicekit.disks import is_disk_outage, on_disk
from servicekit.failing_items import Item
from servicekit.identity import CLOCK_TOLERANCE_SECONDS
from servicekit.isolation import JobItems, is_away
from services.messaging.history.storage import exports, files
from services.messaging.history.storage.exports import Taken
from services.messaging.history.storage.history_csv import history_csv

# Another database tells the time until which exports are taken back.
_TOLERANCE = timedelta(seconds=CLOCK_TOLERANCE_SECONDS)


def export_path(folder: Path, org_id: UUID, export_id: UUID) -> Path:
    """Where the file of an export is."""
    return folder / str(org_id) / f"{export_id}.csv"


class WriteExports:
    """Writes what was asked for. Cut off, it begins the file anew."""

    def __init__(self, database: Database, folder: Path, hours: int) -> None:
        self._database = database
        self._folder = folder
        self._hours = hours
        self._items = JobItems(database, "messaging", "write-exports")
        self._forgotten = JobItems(database, "messaging", "forget-exports")

    async def __call__(self) -> None:
        """Write every export that waits."""
        async with self._items.turn() as turn:
            while taken := await self._take():
                await turn.attempt(Item(str(taken.id), taken.org_id), partial(self._try, taken))

    async def forget(self) -> None:
        """Remove files that have expired, then what is known of them."""
        async with self._database.system() as connection:
            expired = await exports.expired(connection)
        async with self._forgotten.turn() as turn:
            for org_id, export_id in expired:
                item = Item(str(export_id), org_id)
                await turn.attempt(item, partial(self._forget, org_id, export_id))

    async def take_back(self, org_id: UUID, until: datetime) -> None:
        """Remove the organisation's finished files that were asked for before ``until``.

        A link opens for whoever has it, and every member can have had the link to each of them.
        """
        async with self._database.org(org_id) as connection:
            done = await exports.done_before(connection, org_id, until + _TOLERANCE)
        for export_id in done:
            await self._forget(org_id, export_id)

    async def _forget(self, org_id: UUID, export_id: UUID) -> None:
        files.remove(export_path(self._folder, org_id, export_id))
        async with self._database.org(org_id) as connection:
            await exports.forget(connection, org_id, export_id)

    async def _try(self, taken: Taken) -> None:
        try:
            await self._write(taken)
        except Exception as error:
            if is_disk_outage(error):
                await self._put_back(taken)
            elif taken.last and not is_away(error):
                await self._give_up(taken)
            raise

    async def _take(self) -> Taken | None:
        async with self._database.system() as connection:
            return await exports.take(connection)

    async def _write(self, taken: Taken) -> None:
        path = export_path(self._folder, taken.org_id, taken.id)
        rows = 0
        with files.begin(path) as file:
            async with (
                self._database.org(taken.org_id, EXPORT) as connection,
                aclosing(history_csv(connection, taken.org_id, taken.wanted)) as blocks,
            ):
                async for block in blocks:
                    await on_disk(file.write, block.data)
                    rows += block.rows
            await on_disk(files.publish, file, path)
        async with self._database.org(taken.org_id) as connection:
            await exports.finish(connection, taken, rows, self._hours)

    async def _put_back(self, taken: Taken) -> None:
        async with self._database.org(taken.org_id) as connection:
            await exports.put_back(connection, taken)

    async def _give_up(self, taken: Taken) -> None:
        files.remove(export_path(self._folder, taken.org_id, taken.id))
        async with self._database.org(taken.org_id) as connection:
            await exports.fail(connection, taken, self._hours)
