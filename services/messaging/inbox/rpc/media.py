"""`MediaService`: the pictures and other files of incoming messages."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

from google.api import httpbody_pb2

from servicekit import identity
from servicekit.db import clock
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.inbox.domain.media import LINK_LIFETIME, MediaStatus
from services.messaging.inbox.domain.media_links import link_to
from services.messaging.inbox.storage import media
from services.messaging.inbox.usecases.download_media import DownloadMedia
from services.messaging.sending.storage import messages
from smsblaster.messaging.v1 import media_pb2, media_pb2_grpc


class MediaRpc(media_pb2_grpc.MediaServiceServicer):
    """Serves the files of incoming messages.

    Args:
        database: Contains the rows of the files.
        download: Reads the files.
        keys: Keys of download links. New links are signed with the first one.
    """

    def __init__(self, database: Database, download: DownloadMedia, keys: Sequence[bytes]) -> None:
        self._database = database
        self._download = download
        self._keys = keys

    async def ListMedia(
        self, request: media_pb2.ListMediaRequest, context: Context
    ) -> media_pb2.ListMediaResponse:
        """List the files of a message, with links to those that are stored."""
        org_id, message_id = identity.current().require_org(), UUID(request.id)
        async with self._database.org(org_id) as connection:
            message = await messages.find(connection, org_id, message_id)
            found = await media.of_message(connection, org_id, message_id)
            expires_at = await clock.now(connection) + LINK_LIFETIME
        if message is None:
            raise await messages.not_found(self._database, org_id, message_id)
        response = media_pb2.ListMediaResponse()
        for file in found:
            item = fill(response.items.add(), file)
            if file.status is MediaStatus.STORED:
                item.url = link_to(self._keys[0], org_id, file.id, expires_at)
                item.url_expires_at.FromDatetime(expires_at)
        return response

    async def DownloadMedia(
        self, request: media_pb2.DownloadMediaRequest, context: Context
    ) -> AsyncGenerator[httpbody_pb2.HttpBody]:
        """Stream a file to the holder of its link."""
        file = await self._download.download(UUID(request.id), request.token)
        media_type = file.media_type  # only the first block has it
        async with aclosing(file.blocks) as blocks:
            async for block in blocks:
                yield httpbody_pb2.HttpBody(content_type=media_type, data=block)
                media_type = ""
