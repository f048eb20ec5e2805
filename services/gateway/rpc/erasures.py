"""Serve ``ErasureService``: the erasure of people."""

from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.storage import erasures
from services.gateway.usecases.request_erasure import RequestErasure
from smsblaster.identity.v1 import erasures_pb2, erasures_pb2_grpc


class ErasureRpc(erasures_pb2_grpc.ErasureServiceServicer):
    """Implements ``identity/v1/erasures.proto``."""

    def __init__(self, database: Database, cursors: CursorCodec, request: RequestErasure) -> None:
        self._database = database
        self._cursors = cursors
        self._request = request

    async def CreateErasure(
        self, request: erasures_pb2.CreateErasureRequest, context: Context
    ) -> erasures_pb2.Erasure:
        """Ask for the erasure of a person."""
        erasure = await self._request.request(current(), request.phone)
        return fill(erasures_pb2.Erasure(), erasure)

    async def GetErasure(
        self, request: erasures_pb2.GetErasureRequest, context: Context
    ) -> erasures_pb2.Erasure:
        """Return an erasure."""
        org_id, erasure_id = current().require_org(), UUID(request.id)
        async with self._database.org(org_id) as connection:
            found = await erasures.find(connection, org_id, erasure_id)
        if found is None:
            raise await erasures.not_found(self._database, erasure_id)
        return fill(erasures_pb2.Erasure(), found)

    async def ListErasures(
        self, request: erasures_pb2.ListErasuresRequest, context: Context
    ) -> erasures_pb2.ListErasuresResponse:
        """List the organisation's erasures, newest first."""
        org_id = current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await erasures.page(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        items = [fill(erasures_pb2.Erasure(), row) for row in rows]
        return erasures_pb2.ListErasuresResponse(items=items, next_cursor=next_cursor)
