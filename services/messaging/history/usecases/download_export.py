"""The file of an export, for whoever has its link."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from servicekit.errors import Forbidden, Gone
from services.messaging.history.domain import export_links
from services.messaging.history.domain.export_links import BadLink, Link
from services.messaging.history.storage import files
from services.messaging.history.usecases.write_exports import export_path


class DownloadExport:
    """Serves files. ``keys`` are those that may have signed a link."""

    def __init__(self, folder: Path, keys: Sequence[bytes]) -> None:
        self._folder = folder
        self._keys = keys

    async def __call__(self, export_id: UUID, token: str) -> AsyncGenerator[bytes]:
        """The file in blocks.

        Raises ``Forbidden`` bad_link for a token that was not made for the export, ``Gone``
        link_expired.
        """
        link = self._link(export_id, token)
        if link.expires_at <= datetime.now(UTC):
            raise _expired()
        try:
            async for block in files.blocks(export_path(self._folder, link.org_id, export_id)):
                yield block
        except FileNotFoundError:
            raise _expired() from None

    def _link(self, export_id: UUID, token: str) -> Link:
        try:
            return export_links.read(self._keys, export_id, token)
        except BadLink:
            raise Forbidden(
                "This link is not valid. Ask for the export again.", "bad_link"
            ) from None


def _expired() -> Gone:
    return Gone("This link has expired. Ask for the export again.", "link_expired")
