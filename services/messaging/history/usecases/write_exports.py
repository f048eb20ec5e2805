"""Write requested exports to files, from which they are downloaded later."""

from contextlib import aclosing
from functools import partial

from servicekit.db.database import Database
from servicekit.db.limits import EXPORT
from servicekit.disks import is_disk_outage, on_disk
from servicekit.failing_items import Item
from servicekit.isolation import JobItems, is_away
from servicekit.notices import Notice, notify
from services.messaging.common.storage import files
from services.messaging.common.storage.files import Place
from services.messaging.history.storage import exports
from services.messaging.history.storage.export_files import export_path
from services.messaging.history.storage.exports import ClaimedExport
from services.messaging.history.storage.history_csv import history_csv


class WriteExports:
    """Writes the files of exports. An interrupted export is written again from the start.

    Args:
        folder: The folder of the files.
        hours: How long a finished file can be downloaded.
    """

    def __init__(self, database: Database, folder: Place, hours: int) -> None:
        self._database = database
        self._folder = folder
        self._hours = hours
        self._items = JobItems(database, "messaging", "write-exports")

    async def write_all(self) -> None:
        """Write every unfinished export."""
        async with self._items.turn() as turn:
            while claimed := await self._claim():
                item = Item(str(claimed.id), claimed.org_id)
                await turn.attempt(item, partial(self._attempt, claimed))

    async def _claim(self) -> ClaimedExport | None:
        async with self._database.system() as connection:
            return await exports.claim(connection)

    async def _attempt(self, claimed: ClaimedExport) -> None:
        try:
            await self._write(claimed)
        except Exception as error:
            if is_disk_outage(error):
                await self._release(claimed)
            elif claimed.is_last_attempt and not is_away(error):
                await self._fail(claimed)
            raise

    async def _write(self, claimed: ClaimedExport) -> None:
        path = export_path(self._folder, claimed.org_id, claimed.id)
        rows = 0
        with files.begin(path) as file:
            async with (
                self._database.org(claimed.org_id, EXPORT) as connection,
                aclosing(history_csv(connection, claimed.org_id, claimed.filter)) as blocks,
            ):
                async for block in blocks:
                    await on_disk(file.write, block.data)
                    rows += block.rows
            await on_disk(files.publish, file, path)
        async with self._database.org(claimed.org_id) as connection:
            await exports.finish(connection, claimed, rows, self._hours)
            await notify(connection, "messaging", _notice(claimed, rows, self._hours))

    async def _release(self, claimed: ClaimedExport) -> None:
        async with self._database.org(claimed.org_id) as connection:
            await exports.release(connection, claimed)

    async def _fail(self, claimed: ClaimedExport) -> None:
        await on_disk(files.remove, export_path(self._folder, claimed.org_id, claimed.id))
        async with self._database.org(claimed.org_id) as connection:
            await exports.fail(connection, claimed, self._hours)


def _notice(claimed: ClaimedExport, rows: int, hours: int) -> Notice:
    return Notice(
        claimed.org_id,
        "export_finished",
        f"Your export of {rows:,} messages is ready. You can download it for {hours} hours.",
        ("export", str(claimed.id)),
        claimed.user_id,
    )
