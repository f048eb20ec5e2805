"""`ExportService`: exports of the message history, written to files."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

from google.api import httpbody_pb2

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.messaging.history.rpc.convert import csv_body, export_message, message_filter
from services.messaging.history.storage import exports
from services.messaging.history.usecases.download_export import DownloadExport
from services.messaging.history.usecases.request_export import RequestExport
from smsblaster.messaging.v1 import history_pb2, history_pb2_grpc


class ExportRpc(history_pb2_grpc.ExportServiceServicer):
    """Serves exports of the message history.

    Args:
        keys: Keys of download links. New links are signed with the first one; all are accepted.
    """

    def __init__(
        self,
        database: Database,
        request: RequestExport,
        download: DownloadExport,
        cursors: CursorCodec,
        keys: Sequence[bytes],
    ) -> None:
        self._database = database
        self._request = request
        self._download = download
        self._cursors = cursors
        self._keys = keys

    async def CreateExport(
        self, request: history_pb2.CreateExportRequest, context: Context
    ) -> history_pb2.Export:
        """Request an export, which is written to a file later."""
        caller = identity.current()
        export = await self._request.request(
            caller.require_org(), caller.user_id, message_filter(request)
        )
        return export_message(export, self._keys)

    async def ListExports(
        self, request: history_pb2.ListExportsRequest, context: Context
    ) -> history_pb2.ListExportsResponse:
        """List the organisation's exports, newest first."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            found = await exports.page(connection, org_id, page.rows_to_read, page.last_id)
        found, next_cursor = page.split(found)
        return history_pb2.ListExportsResponse(
            items=[export_message(export, self._keys) for export in found],
            next_cursor=next_cursor,
        )

    async def GetExport(
        self, request: history_pb2.GetExportRequest, context: Context
    ) -> history_pb2.Export:
        """Return an export, with a download link once its file is written."""
        org_id, export_id = identity.current().require_org(), UUID(request.id)
        async with self._database.org(org_id) as connection:
            export = await exports.find(connection, org_id, export_id)
        if export is None:
            raise await exports.not_found(self._database, export_id)
        return export_message(export, self._keys)

    async def DownloadExport(
        self, request: history_pb2.DownloadExportRequest, context: Context
    ) -> AsyncGenerator[httpbody_pb2.HttpBody]:
        """Stream the file of an export to the holder of its link."""
        file = self._download.download(UUID(request.id), request.token)
        async with aclosing(file) as blocks:
            async for piece in csv_body(blocks):
                yield piece
