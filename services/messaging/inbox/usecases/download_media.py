"""Download a file of an incoming message through its signed link."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from servicekit.db.database import Database
from servicekit.disks import on_disk
from servicekit.errors import Forbidden, Gone
from services.messaging.common.domain import signed_links
from services.messaging.common.domain.signed_links import BadLink, SignedLink
from services.messaging.common.storage import files
from services.messaging.common.storage.files import Place
from services.messaging.inbox.domain.media import served_type
from services.messaging.inbox.domain.media_links import PURPOSE
from services.messaging.inbox.storage import media
from services.messaging.inbox.storage.media import media_path


@dataclass(frozen=True, slots=True)
class Download:
    """A file: the media type to serve it with, and its content in blocks."""

    media_type: str
    blocks: AsyncGenerator[bytes]


class DownloadMedia:
    """Serves the files of messages.

    Args:
        database: Contains the rows of the files.
        folder: The folder with the content of the files.
        keys: The keys that a link may be signed with.
    """

    def __init__(self, database: Database, folder: Place, keys: Sequence[bytes]) -> None:
        self._database = database
        self._folder = folder
        self._keys = keys

    async def download(self, media_id: UUID, token: str) -> Download:
        """Return a file.

        Raises:
            Forbidden: bad_link, if the token was not signed for this file.
            Gone: link_expired, or media_deleted if the message was deleted.
        """
        link = self._verify(media_id, token)
        if link.expires_at <= datetime.now(UTC):
            raise Gone("This link has expired. List the message's files again.", "link_expired")
        async with self._database.org(link.org_id) as connection:
            found = await media.find_stored(connection, link.org_id, media_id)
        path = media_path(self._folder, link.org_id, media_id)
        if found is None or not await on_disk(files.exists, path):
            raise Gone("This file was deleted with its message.", "media_deleted")
        return Download(served_type(found.media_type), files.read_blocks(path))

    def _verify(self, media_id: UUID, token: str) -> SignedLink:
        try:
            return signed_links.verify(self._keys, PURPOSE, media_id, token)
        except BadLink:
            message = "This link is invalid. List the message's files again."
            raise Forbidden(message, "bad_link") from None
