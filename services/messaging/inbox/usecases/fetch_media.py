"""Keep copies of the files of incoming messages."""

from contextlib import suppress
from functools import partial

import structlog

from servicekit.db.database import Database
from servicekit.disks import on_disk
from servicekit.errors import Unavailable
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.storage import files
from services.messaging.common.storage.files import Place
from services.messaging.inbox.domain.media import (
    MAX_ATTEMPTS,
    MAX_BYTES,
    MediaFailure,
    WaitingFile,
    pause_after,
)
from services.messaging.inbox.providers.twilio_media import (
    FetchedFile,
    ForeignAddress,
    TwilioMedia,
)
from services.messaging.inbox.storage import media
from services.messaging.inbox.storage.media import media_path

log = structlog.get_logger()

_BATCH = 50
_AT_ONCE = 4


class _TooLarge(ValueError):
    """The file is larger than the maximum that is stored."""


class FetchMedia:
    """Fetches files from Twilio and stores them in the folder that exports use too."""

    def __init__(
        self, database: Database, twilio: TwilioMedia, accounts: SendingAccounts, folder: Place
    ) -> None:
        self._database = database
        self._twilio = twilio
        self._accounts = accounts
        self._folder = folder

    async def fetch_all(self) -> None:
        """Fetch the files that are due. A file that can't be fetched now is tried again later."""
        async with self._database.system() as connection:
            waiting = await media.waiting(connection, _BATCH)
        async with JobItems(self._database, "messaging", "fetch-media").turn() as turn:
            await turn.attempt_all(
                ((Item(str(file.id), file.org_id), partial(self._fetch, file)) for file in waiting),
                _AT_ONCE,
            )

    async def _fetch(self, file: WaitingFile) -> None:
        account = await self._accounts.for_org(file.org_id)
        try:
            async with self._twilio.fetch(account, file.source_url) as fetched:
                size = await self._store(file, fetched)
        except ForeignAddress:
            await self._give_up(file, MediaFailure.FOREIGN_ADDRESS)
        except _TooLarge:
            await self._give_up(file, MediaFailure.TOO_LARGE)
        except Unavailable:
            await self._try_later(file)
        else:
            await self._finish(file, fetched.media_type, size)

    async def _store(self, file: WaitingFile, fetched: FetchedFile) -> int:
        """Write the content of a file to its path. Returns its size in bytes."""
        size, path = 0, media_path(self._folder, file.org_id, file.id)
        with files.begin(path) as written:
            async for block in fetched.blocks:
                size += len(block)
                if size > MAX_BYTES:
                    raise _TooLarge
                await on_disk(written.write, block)
            await on_disk(files.publish, written, path)
        return size

    async def _finish(self, file: WaitingFile, media_type: str, size: int) -> None:
        async with self._database.org(file.org_id) as connection:
            kept = await media.mark_stored(connection, file, media_type, size)
        if not kept:  # the message was deleted meanwhile
            with suppress(FileNotFoundError):
                await on_disk(files.remove, media_path(self._folder, file.org_id, file.id))

    async def _try_later(self, file: WaitingFile) -> None:
        attempts = file.attempts + 1
        if attempts >= MAX_ATTEMPTS:
            await self._give_up(file, MediaFailure.NOT_AVAILABLE)
            return
        async with self._database.org(file.org_id) as connection:
            await media.mark_tried(connection, file, pause_after(attempts))

    async def _give_up(self, file: WaitingFile, failure: MediaFailure) -> None:
        log.warning("media_not_fetched", media_id=str(file.id), reason=failure)
        async with self._database.org(file.org_id) as connection:
            await media.mark_failed(connection, file, failure)
