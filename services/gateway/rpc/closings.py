"""Serve ``OrganisationClosingService`` and ``ClosingAdminService``."""

from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.storage import closings
from services.gateway.storage.closings import Closing
from services.gateway.usecases.close_organisation import CloseOrganisation, not_closed
from smsblaster.identity.v1 import closing_pb2, closing_pb2_grpc


class OrganisationClosingRpc(closing_pb2_grpc.OrganisationClosingServiceServicer):
    """Closes and reopens the caller's organisation."""

    def __init__(self, database: Database, closing: CloseOrganisation) -> None:
        self._database = database
        self._closing = closing

    async def CloseOrganisation(
        self, request: closing_pb2.CloseOrganisationRequest, context: Context
    ) -> closing_pb2.Closing:
        """Close the caller's organisation."""
        reason = request.reason.strip() or None
        return _message(await self._closing.close_own(current(), request.name, reason))

    async def GetClosing(
        self, request: closing_pb2.GetClosingRequest, context: Context
    ) -> closing_pb2.Closing:
        """Return the closing of the caller's organisation."""
        org_id = current().require_org()
        async with self._database.org(org_id) as connection:
            closing = await closings.newest(connection, org_id)
        if closing is None or closing.reopened_at:
            raise not_closed()
        return _message(closing)

    async def ReopenOrganisation(
        self, request: closing_pb2.ReopenOrganisationRequest, context: Context
    ) -> closing_pb2.Closing:
        """Open the caller's organisation again."""
        return _message(await self._closing.reopen_own(current()))


class ClosingAdminRpc(closing_pb2_grpc.ClosingAdminServiceServicer):
    """Closes and reopens any organisation, and lists closings."""

    def __init__(
        self, database: Database, cursors: CursorCodec, closing: CloseOrganisation
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._closing = closing

    async def CloseAnOrganisation(
        self, request: closing_pb2.CloseAnOrganisationRequest, context: Context
    ) -> closing_pb2.Closing:
        """Close an organisation."""
        org_id, reason = UUID(request.org_id), request.reason.strip()
        return _message(await self._closing.close_any(current(), org_id, reason))

    async def ReopenAnOrganisation(
        self, request: closing_pb2.ReopenAnOrganisationRequest, context: Context
    ) -> closing_pb2.Closing:
        """Open an organisation again."""
        org_id, reason = UUID(request.org_id), request.reason.strip()
        return _message(await self._closing.reopen(current(), org_id, reason))

    async def ListClosings(
        self, request: closing_pb2.ListClosingsRequest, context: Context
    ) -> closing_pb2.ListClosingsResponse:
        """List closings of all organisations, newest first."""
        page = PageRequest(self._cursors, current().require_org(), request)
        async with self._database.system() as connection:
            rows = await closings.page(connection, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        items = [_message(row) for row in rows]
        return closing_pb2.ListClosingsResponse(items=items, next_cursor=next_cursor)


def _message(closing: Closing) -> closing_pb2.Closing:
    told = {name: closing.counts.get(name) for name in ("balance_cents", "numbers_released")}
    return fill(closing_pb2.Closing(), closing, **told)
