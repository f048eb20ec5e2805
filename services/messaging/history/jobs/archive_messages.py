"""Move old messages to the archive. They are deleted once their file is safe on disk."""

from datetime import UTC, datetime
from functools import partial

import structlog

from servicekit.db.database import Database
from servicekit.disks import on_disk
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.messaging.common.storage.files import Place
from services.messaging.history.storage import archive, archive_files
from services.messaging.history.storage.archive import Month
from services.messaging.sending.storage import messages

log = structlog.get_logger()

_BATCH = 1000


class ArchiveMessages:
    """Moves messages of whole months from the database to files. Conversations and counts stay.

    Args:
        folder: The folder of the archive.
        after_months: How many months stay in the database, in addition to the current one.
    """

    def __init__(self, database: Database, folder: Place, after_months: int) -> None:
        self._database = database
        self._folder = folder
        self._after_months = after_months
        self._items = JobItems(database, "messaging", "archive-messages")

    async def archive_old_months(self) -> None:
        """Archive every month that is old enough. The next run continues an interrupted one."""
        async with self._database.system() as connection:
            months = await archive.months(connection, _first_month_kept(self._after_months))
        async with self._items.turn() as turn:
            for month in months:
                item = Item(f"{month.start:%Y-%m} of {month.org_id}", month.org_id)
                await turn.attempt(item, partial(self._archive_month, month))

    async def _archive_month(self, month: Month) -> None:
        count = 0
        while archived := await self._archive_batch(month):
            count += archived
        log.info("messages_archived", org_id=str(month.org_id), messages=count)

    async def _archive_batch(self, month: Month) -> int:
        """Archive one batch of messages and return how many they are.

        After a crash before the commit, both the file and the messages exist. The next attempt
        starts with the same message and replaces the file.
        """
        async with self._database.org(month.org_id) as connection:
            await archive.lock(connection, month.org_id)
            lines = await archive.batch(connection, month, _BATCH)
            if lines:
                await on_disk(archive_files.write, self._folder, month, lines)
                ids = [line.message_id for line in lines]
                await messages.delete_all(connection, month.org_id, ids)
        return len(lines)


def _first_month_kept(after_months: int) -> datetime:
    """Return the start (UTC) of the first month that is not archived."""
    now = datetime.now(UTC)
    month = now.year * 12 + now.month - 1 - after_months
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
