"""Erase a person from messages, conversations, exports and the archive."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from servicekit import contact_merges
from servicekit.db import clock
from servicekit.db.database import Database
from servicekit.disks import on_disk
from servicekit.removals import Person, Removed
from services.messaging.common.storage.files import Place
from services.messaging.history.storage import archive, archive_files, exports, people
from services.messaging.sending.storage import expiry
from services.messaging.sending.storage.tally import Tally

_BATCH = 500
_FILES_SECONDS = 3.0
_ROWS_DONE = "archive"
"""The cursor of the first call that looks at files."""


class ErasePerson:
    """Erases a person. Messages keep their status and price, so that all figures stay right.

    Args:
        archive: The folder of the archive.
        delete_exports: Deletes the organisation's exports that were requested before a time.
    """

    def __init__(
        self,
        database: Database,
        archive: Place,
        delete_exports: Callable[[UUID, datetime], Awaitable[None]],
    ) -> None:
        self._database = database
        self._archive = archive
        self._delete_exports = delete_exports

    async def erase(self, org_id: UUID, person: Person, cursor: str) -> Removed:
        """Erase a person from a batch of messages, or from some files. Idempotent.

        The rows come first, so that no later file of the archive contains the person.
        """
        if not cursor:
            return await self._erase_rows(org_id, person)
        return await self._erase_files(org_id, person, cursor)

    async def _erase_rows(self, org_id: UUID, person: Person) -> Removed:
        tally = Tally()
        async with self._database.org(org_id) as connection:
            await archive.lock(connection, org_id)
            if not await contact_merges.delete_of(connection, org_id, person.contact_ids):
                return Removed(done=False, waiting_for="Merged contacts are being moved.")
            pending = await people.pending(connection, org_id, person, _BATCH)
            tally.move(await expiry.refuse(connection, org_id, pending))
            erased = await people.erase_messages(connection, org_id, person, _BATCH)
            counts = await people.erase_others(connection, org_id, person)
            waits = await people.any_left(connection, org_id, person)
            await tally.announce_and_write(connection)
        counts = {**counts, "messages": erased}
        if erased == _BATCH:
            return Removed(counts, done=False)
        if waits:
            waiting_for = "Messages are on their way."
            return Removed(counts, done=False, waiting_for=waiting_for)
        return Removed(counts, done=False, cursor=_ROWS_DONE)

    async def _erase_files(self, org_id: UUID, person: Person, cursor: str) -> Removed:
        if cursor == _ROWS_DONE:
            async with self._database.org(org_id) as connection:
                if await exports.lock_unfinished(connection, org_id):
                    waiting_for = "An export of messages is being written."
                    return Removed(done=False, cursor=cursor, waiting_for=waiting_for)
                now = await clock.now(connection)
            await self._delete_exports(org_id, now)
        ids = {str(each) for each in person.contact_ids}
        count, until = 0, time.monotonic() + _FILES_SECONDS
        for name in await on_disk(archive_files.names_after, self._archive, org_id, cursor):
            async with self._database.org(org_id) as connection:
                # A job may write the file again or delete it.
                await archive.lock(connection, org_id)
                count += await on_disk(archive_files.erase, self._archive, org_id, name, ids)
            if time.monotonic() > until:
                return Removed({"archived_messages": count}, done=False, cursor=name)
        return Removed({"archived_messages": count})
