"""Serve ``StoredDataService``, which each service with organisations' data implements."""

from uuid import UUID

import grpc

from servicekit.identity import current
from servicekit.removals import DeletesOrganisations, ErasesPeople, Person, Removed
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from smsblaster.erasure.v1 import stored_data_pb2, stored_data_pb2_grpc


class StoredDataRpc(stored_data_pb2_grpc.StoredDataServiceServicer):
    """Removes the data of a person or of the caller's organisation, part by part."""

    def __init__(self, people: ErasesPeople, organisations: DeletesOrganisations) -> None:
        self._people = people
        self._organisations = organisations

    async def ErasePerson(
        self, request: stored_data_pb2.ErasePersonRequest, context: Context
    ) -> stored_data_pb2.RemovedData:
        """Remove a part of what the service stores about a person."""
        person = Person([*request.phones], [*map(UUID, request.contact_ids)])
        org_id = current().require_org()
        return _message(await self._people.erase(org_id, person, request.cursor))

    async def DeleteOrganisation(
        self, request: stored_data_pb2.DeleteOrganisationRequest, context: Context
    ) -> stored_data_pb2.RemovedData:
        """Delete a part of what the service stores about the caller's organisation."""
        org_id = current().require_org()
        return _message(await self._organisations.delete(org_id, request.cursor))


def serve_stored_data(
    server: grpc.aio.Server, people: ErasesPeople, organisations: DeletesOrganisations
) -> None:
    """Add ``StoredDataService`` to a service's server."""
    stored_data_pb2_grpc.add_StoredDataServiceServicer_to_server(
        StoredDataRpc(people, organisations), server
    )


def _message(removed: Removed) -> stored_data_pb2.RemovedData:
    return fill(stored_data_pb2.RemovedData(), removed)
