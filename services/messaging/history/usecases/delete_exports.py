"""Delete exports and their files."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from servicekit.db.database import Database
from servicekit.disks import on_disk
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from servicekit.tokens import CLOCK_TOLERANCE_SECONDS
from services.messaging.common.storage import files
from services.messaging.common.storage.files import Place
from services.messaging.history.storage import exports
from services.messaging.history.storage.export_files import export_path

# The time of a removal comes from another service's database, whose clock can differ.
_TOLERANCE = timedelta(seconds=CLOCK_TOLERANCE_SECONDS)


class DeleteExports:
    """Deletes exports.

    The file is deleted before the row, so that an interrupted deletion is repeated.
    """

    def __init__(self, database: Database, folder: Place) -> None:
        self._database = database
        self._folder = folder
        self._items = JobItems(database, "messaging", "forget-exports")

    async def delete_expired(self) -> None:
        """Delete all exports that have expired."""
        async with self._database.system() as connection:
            expired = await exports.expired(connection)
        async with self._items.turn() as turn:
            for org_id, export_id in expired:
                item = Item(str(export_id), org_id)
                await turn.attempt(item, partial(self._delete, org_id, export_id))

    async def delete_finished(self, org_id: UUID, requested_before: datetime) -> None:
        """Delete the organisation's finished exports that were requested before a time.

        Used when a member is removed: the member may have copied links, which work for anybody.
        """
        async with self._database.org(org_id) as connection:
            finished = await exports.finished_before(
                connection, org_id, requested_before + _TOLERANCE
            )
        for export_id in finished:
            await self._delete(org_id, export_id)

    async def _delete(self, org_id: UUID, export_id: UUID) -> None:
        await on_disk(files.remove, export_path(self._folder, org_id, export_id))
        async with self._database.org(org_id) as connection:
            await exports.delete(connection, org_id, export_id)
