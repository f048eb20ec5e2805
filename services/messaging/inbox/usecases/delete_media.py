"""Delete the files of messages that were deleted."""

from functools import partial
from uuid import UUID

from servicekit.db.database import Database
from servicekit.disks import on_disk
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.messaging.common.storage import files
from services.messaging.common.storage.files import Place
from services.messaging.inbox.storage import media
from services.messaging.inbox.storage.media import media_path

_BATCH = 500


class DeleteMedia:
    """Deletes files of messages.

    The content is deleted before the row, so that an interrupted deletion is repeated.
    """

    def __init__(self, database: Database, folder: Place) -> None:
        self._database = database
        self._folder = folder

    async def delete_all(self) -> None:
        """Delete the files of all messages that were deleted."""
        async with JobItems(self._database, "messaging", "forget-media").turn() as turn:
            some = True
            while some:
                async with self._database.system() as connection:
                    deleted = await media.deleted(connection, _BATCH)
                some = False
                for media_id, org_id in deleted:
                    item = Item(str(media_id), org_id)
                    some |= bool(await turn.attempt(item, partial(self._delete, org_id, media_id)))

    async def _delete(self, org_id: UUID, media_id: UUID) -> bool:
        await on_disk(files.remove, media_path(self._folder, org_id, media_id))
        async with self._database.org(org_id) as connection:
            await media.delete(connection, org_id, media_id)
        return True
