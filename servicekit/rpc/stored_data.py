"""Serve ``PersonDataService`` and ``OrganisationDataService``: the end of data, and copies."""

from uuid import UUID

import grpc

from servicekit.db.org_export import ExportOrgRows
from servicekit.identity import current
from servicekit.removals import DeletesOrganisations, ErasesPeople, Person, Removed
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from smsblaster.erasure.v1 import stored_data_pb2, stored_data_pb2_grpc


class PersonDataRpc(stored_data_pb2_grpc.PersonDataServiceServicer):
    """Erases people, part by part."""

    def __init__(self, people: ErasesPeople) -> None:
        self._people = people

    async def ErasePerson(
        self, request: stored_data_pb2.ErasePersonRequest, context: Context
    ) -> stored_data_pb2.RemovedData:
        """Remove a part of what the service stores about a person."""
        person = Person([*request.phones], [*map(UUID, request.contact_ids)])
        org_id = current().require_org()
        return _message(await self._people.erase(org_id, person, request.cursor))


class OrganisationDataRpc(stored_data_pb2_grpc.OrganisationDataServiceServicer):
    """Deletes organisations and gives copies of their rows, part by part."""

    def __init__(self, organisations: DeletesOrganisations, export: ExportOrgRows) -> None:
        self._organisations = organisations
        self._export = export

    async def DeleteOrganisation(
        self, request: stored_data_pb2.DeleteOrganisationRequest, context: Context
    ) -> stored_data_pb2.RemovedData:
        """Delete a part of what the service stores about the caller's organisation."""
        org_id = current().require_org()
        return _message(await self._organisations.delete(org_id, request.cursor))

    async def ExportOrganisation(
        self, request: stored_data_pb2.ExportOrganisationRequest, context: Context
    ) -> stored_data_pb2.ExportedData:
        """Return a page of the rows that the service stores about the caller's organisation."""
        page = await self._export.page(current().require_org(), request.cursor, request.limit)
        rows = [fill(stored_data_pb2.ExportedRow(), row) for row in page.rows]
        return stored_data_pb2.ExportedData(rows=rows, cursor=page.cursor)


def serve_people(server: grpc.aio.Server, people: ErasesPeople) -> None:
    """Add ``PersonDataService`` to a service's server."""
    servicer = PersonDataRpc(people)
    stored_data_pb2_grpc.add_PersonDataServiceServicer_to_server(servicer, server)


def serve_organisations(
    server: grpc.aio.Server, organisations: DeletesOrganisations, export: ExportOrgRows
) -> None:
    """Add ``OrganisationDataService`` to a service's server."""
    servicer = OrganisationDataRpc(organisations, export)
    stored_data_pb2_grpc.add_OrganisationDataServiceServicer_to_server(servicer, server)


def _message(removed: Removed) -> stored_data_pb2.RemovedData:
    return fill(stored_data_pb2.RemovedData(), removed)
