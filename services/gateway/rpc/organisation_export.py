"""Serve ``OrganisationExportService``: a copy of all of an organisation's data."""

from servicekit.cursors import CursorCodec
from servicekit.identity import current
from servicekit.rpc.pages import DEFAULT_LIMIT, bad_cursor, decode_position
from servicekit.rpc.server import Context
from services.gateway.usecases.export_organisation import ExportOrganisation, Position
from smsblaster.identity.v1 import organisation_export_pb2, organisation_export_pb2_grpc

_LIST = "organisation data"


class OrganisationExportRpc(organisation_export_pb2_grpc.OrganisationExportServiceServicer):
    """Implements ``identity/v1/organisation_export.proto``."""

    def __init__(self, cursors: CursorCodec, export: ExportOrganisation) -> None:
        self._cursors = cursors
        self._export = export

    async def ListOrganisationData(
        self, request: organisation_export_pb2.ListOrganisationDataRequest, context: Context
    ) -> organisation_export_pb2.ListOrganisationDataResponse:
        """Return a part of everything that is stored about the caller's organisation."""
        caller = current()
        org_id = caller.require_org()
        parts = decode_position(self._cursors, org_id, request.cursor, 3)
        if parts and parts[0] != _LIST:
            raise bad_cursor()
        at = Position(int(parts[1]), parts[2]) if parts else Position()
        page = await self._export.page(caller, at, request.limit or DEFAULT_LIMIT)
        following = None
        if page.next:
            parts = (_LIST, str(page.next.services), page.next.cursor)
            following = self._cursors.encode(org_id, *parts)
        return organisation_export_pb2.ListOrganisationDataResponse(
            items=[
                organisation_export_pb2.OrganisationDataRow(
                    service=page.service, table=row.table, row=row.json
                )
                for row in page.rows
            ],
            next_cursor=following,
        )
