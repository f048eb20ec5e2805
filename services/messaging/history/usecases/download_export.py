"""Download the file of an export through its signed link."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from servicekit.errors import Forbidden, Gone
from services.messaging.common.storage import files
from services.messaging.common.storage.files import Place
from services.messaging.history.domain import export_links
from services.messaging.history.domain.export_links import BadLink, ExportLink
from services.messaging.history.storage.export_files import export_path


class DownloadExport:
    """Serves the files of exports.

    Args:
        folder: Where the files are.
        keys: The keys that a link may be signed with.
    """

    def __init__(self, folder: Place, keys: Sequence[bytes]) -> None:
        self._folder = folder
        self._keys = keys

    async def download(self, export_id: UUID, token: str) -> AsyncGenerator[bytes]:
        """Yield the file in blocks.

        Raises:
            Forbidden: bad_link, if the token was not signed for this export.
            Gone: link_expired.
        """
        link = self._verify(export_id, token)
        if link.expires_at <= datetime.now(UTC):
            raise _expired()
        try:
            async for block in files.read_blocks(export_path(self._folder, link.org_id, export_id)):
                yield block
        except FileNotFoundError:
            raise _expired() from None

    def _verify(self, export_id: UUID, token: str) -> ExportLink:
        try:
            return export_links.verify(self._keys, export_id, token)
        except BadLink:
            raise Forbidden("This link is invalid. Request the export again.", "bad_link") from None


def _expired() -> Gone:
    return Gone("This link has expired. Request the export again.", "link_expired")
