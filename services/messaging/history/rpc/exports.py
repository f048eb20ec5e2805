"""``ExportService``."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from uuid import UUID

from google.api import httpbody_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import id_of, page_of
from servicekit.rpc.server import Context
from services.messaging.history.domain import export_links
from services.messaging.history.domain.export_links import Link
from services.messaging.history.domain.history import WantedMessages
from services.messaging.history.storage import exports
from services.messaging.history.usecases.download_export import DownloadExport
from services.messaging.history.usecases.find_history import FindHistory
from smsblaster.messaging.v1 import history_pb2, history_pb2_grpc, messages_pb2

_CSV = "text/csv; charset=utf-8"

Filtered = (
    history_pb2.ListHistoryRequest
    | history_pb2.ExportHistoryRequest
    | history_pb2.CreateExportRequest
)


class ExportRpc(history_pb2_grpc.ExportServiceServicer):
    """Serves exports. ``keys`` sign links: the first one does, all are accepted."""

    def __init__(
        self,
        database: Database,
        find: FindHistory,
        download: DownloadExport,
        cursors: CursorCodec,
        keys: Sequence[bytes],
    ) -> None:
        self._database = database
        self._find = find
        self._download = download
        self._cursors = cursors
        self._keys = keys

    async def CreateExport(
        self, request: history_pb2.CreateExportRequest, context: Context
    ) -> history_pb2.Export:
        """Ask for an export."""
        caller = identity.current()
        row = await self._find.order(caller.require_org(), caller.user_id, wanted_of(request))
        return export_of(row, self._keys)

    async def ListExports(
        self, request: history_pb2.ListExportsRequest, context: Context
    ) -> history_pb2.ListExportsResponse:
        """A page of exports."""
        org_id = identity.current().require_org()
        limit = request.limit or 50
        before = id_of(self._cursors, org_id, request.cursor)
        async with self._database.org(org_id) as connection:
            rows = await exports.page(connection, org_id, limit + 1, before)
        rows, next_cursor = page_of(self._cursors, org_id, rows, limit)
        return history_pb2.ListExportsResponse(
            items=[export_of(row, self._keys) for row in rows], next_cursor=next_cursor
        )

    async def GetExport(
        self, request: history_pb2.GetExportRequest, context: Context
    ) -> history_pb2.Export:
        """One export."""
        org_id = identity.current().require_org()
        return export_of(await exports.get(self._database, org_id, UUID(request.id)), self._keys)

    async def DownloadExport(
        self, request: history_pb2.DownloadExportRequest, context: Context
    ) -> AsyncGenerator[httpbody_pb2.HttpBody]:
        """The file of an export."""
        async with aclosing(self._download(UUID(request.id), request.token)) as blocks:
            async for piece in csv_of(blocks):
                yield piece


def export_of(row: RowMapping, keys: Sequence[bytes]) -> history_pb2.Export:
    """An export, with the link to its file once it is done."""
    export = fill(history_pb2.Export(), row)
    if row["status"] == "done":
        token = export_links.sign(keys[0], Link(row["org_id"], row["id"], row["expires_at"]))
        export.download_url = f"/api/history/exports/{row['id']}/download?token={token}"
    return export


async def csv_of(blocks: AsyncGenerator[bytes]) -> AsyncGenerator[httpbody_pb2.HttpBody]:
    """The pieces of a CSV file; the first one says what it is."""
    content_type = _CSV
    async for block in blocks:
        yield httpbody_pb2.HttpBody(content_type=content_type, data=block)
        content_type = ""


def wanted_of(request: Filtered) -> WantedMessages:
    """Which messages a request asks for. Raises ``InvalidInput`` for a range without any time."""
    from_time = _time(request.from_time) if request.HasField("from_time") else None
    to_time = _time(request.to_time) if request.HasField("to_time") else None
    if from_time and to_time and from_time >= to_time:
        raise InvalidInput.of("to", "must be after from")
    statuses = messages_pb2.MessageStatus.DESCRIPTOR
    return WantedMessages(
        from_time=from_time,
        to_time=to_time,
        status=enum_name(statuses, request.status) if request.status else None,
        campaign_id=parse_id(request.campaign_id),
        contact_id=parse_id(request.contact_id),
        error_code=request.error_code or None,
    )


def _time(given: Timestamp) -> datetime:
    return given.ToDatetime(UTC)
