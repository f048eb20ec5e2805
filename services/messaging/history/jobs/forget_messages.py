"""Delete messages that are older than their organisation keeps them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import structlog

from servicekit.db.database import Database
from servicekit.disks import on_disk
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.messaging.common.storage.files import Place
from services.messaging.history.storage import archive, archive_files, retention
from services.messaging.history.storage.retention import OldMessage, TooOld
from services.messaging.sending.storage import messages
from services.messaging.sending.support.conversations import Conversations

log = structlog.get_logger()

_BATCH = 1000
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class ForgetMessages:
    """Deletes old messages from the database and from the archive, for each organisation.

    Counts, prices and the ledger stay. The archive is deleted by whole months, so a message in it
    may be kept for up to a month longer.

    Args:
        folder: The folder of the archive.
        conversations: Updates the list of conversations.
    """

    def __init__(self, database: Database, folder: Place, conversations: Conversations) -> None:
        self._database = database
        self._folder = folder
        self._conversations = conversations
        self._items = JobItems(database, "messaging", "forget-messages")

    async def forget_old(self) -> None:
        """Delete everything that is too old. The next run continues an interrupted one."""
        async with self._database.system() as connection:
            due = await retention.due(connection)
        async with self._items.turn() as turn:
            for old in due:
                await turn.attempt(Item.org(old.org_id), partial(self._forget, old))

    async def _forget(self, old: TooOld) -> None:
        count = sum([await self._forget_all(old, each) for each in retention.DIRECTIONS])
        async with self._database.org(old.org_id) as connection:
            await archive.lock(connection, old.org_id)
            months = await on_disk(
                archive_files.delete_before, self._folder, old.org_id, old.before
            )
        if count or months:
            log.info(
                "messages_forgotten", org_id=str(old.org_id), messages=count, archived_months=months
            )

    async def _forget_all(self, old: TooOld, direction: str) -> int:
        """Delete the old messages of a direction in batches. Returns how many they were."""
        count, since = 0, _LONG_AGO
        while found := await self._forget_batch(old, direction, since):
            count += len(found)
            # What is kept, such as messages to attendees, is not read again for each batch.
            since = found[-1].created_at
        return count

    async def _forget_batch(
        self, old: TooOld, direction: str, since: datetime
    ) -> Sequence[OldMessage]:
        """Delete a batch of messages created at or after `since`, and return them."""
        async with self._database.org(old.org_id) as connection:
            await archive.lock(connection, old.org_id)
            found = await retention.batch(connection, old, direction, since, _BATCH)
            await messages.delete_all(connection, old.org_id, [each.id for each in found])
            gone = [(each.contact_id, each.body) for each in found]
            await self._conversations.hide_deleted(connection, old.org_id, gone)
            contact_ids = sorted({each.contact_id for each in found})
            await self._conversations.forget_empty(connection, old.org_id, contact_ids)
        return found
