"""Move old messages to the archive: written for good first, deleted then."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog

from servicekit.db.database import Database
from servicekit.disks import on_disk
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.messaging.history.storage import archive, archive_files
from services.messaging.history.storage.archive import Month

log = structlog.get_logger()

_BATCH = 1000


class ArchiveMessages:
    """Archives months that are older than ``after_months``. Conversations and counts stay."""

    def __init__(self, database: Database, folder: Path, after_months: int) -> None:
        self._database = database
        self._folder = folder
        self._after_months = after_months
        self._items = JobItems(database, "messaging", "archive-messages")

    async def __call__(self) -> None:
        """Archive every month that is due. Cut off at any point, it goes on where it was."""
        async with self._database.system() as connection:
            months = await archive.months(connection, _cut_off(self._after_months))
        async with self._items.turn() as turn:
            for month in months:
                item = Item(f"{month.start:%Y-%m} of {month.org_id}", month.org_id)
                await turn.attempt(item, partial(self._move_all, month))

    async def _move_all(self, month: Month) -> None:
        number = 0
        while moved := await self._move(month):
            number += moved
        log.info("messages_archived", org_id=str(month.org_id), messages=number)

    async def _move(self, month: Month) -> int:
        """Archive one batch; how many messages it had.

        A crash before the transaction ends leaves the file and the messages; the next try begins
        with the same message and replaces the file.
        """
        async with self._database.org(month.org_id) as connection:
            lines = await archive.batch(connection, month, _BATCH)
            if lines:
                await on_disk(archive_files.keep, self._folder, month, lines)
                await archive.delete(connection, month.org_id, [line.id for line in lines])
        return len(lines)


def _cut_off(after_months: int) -> datetime:
    """The beginning (UTC) of the first month that stays."""
    now = datetime.now(UTC)
    month = now.year * 12 + now.month - 1 - after_months
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
