"""Ask the services to remove or copy what they store about a person or an organisation."""

from collections.abc import Mapping
from uuid import UUID

import grpc

from servicekit.db.org_export import ExportedPage, ExportedRow
from servicekit.removals import Person, Removed
from servicekit.rpc.client import RpcClient
from smsblaster.contacts.v1 import people_pb2, people_pb2_grpc
from smsblaster.erasure.v1 import stored_data_pb2, stored_data_pb2_grpc

_SECONDS = 60.0
_EXPORT_SECONDS = 25.0


class StoredData:
    """Calls services in the name of the caller. Each method raises the errors of the service."""

    def __init__(self, rpc: RpcClient, channels: Mapping[str, grpc.aio.Channel]) -> None:
        self._rpc = rpc
        self._channels = channels

    async def suppress(self, phone: str) -> Person:
        """Opt a person out, and return all contacts and phone numbers of the person."""
        stub = people_pb2_grpc.PersonServiceStub(self._channels["contacts"])
        request = people_pb2.SuppressPersonRequest(phone=phone)
        found = await self._rpc.call(stub.SuppressPerson, request, _SECONDS)
        return Person([*found.phones], [*map(UUID, found.contact_ids)])

    async def erase(self, service: str, person: Person, cursor: str) -> Removed:
        """Let a service remove a part of what it stores about a person."""
        stub = stored_data_pb2_grpc.PersonDataServiceStub(self._channels[service])
        request = stored_data_pb2.ErasePersonRequest(
            phones=person.phones, contact_ids=map(str, person.contact_ids), cursor=cursor
        )
        return _removed(await self._rpc.call(stub.ErasePerson, request, _SECONDS, service=service))

    async def delete(self, service: str, cursor: str) -> Removed:
        """Let a service delete a part of what it stores about the caller's organisation."""
        stub = stored_data_pb2_grpc.OrganisationDataServiceStub(self._channels[service])
        request = stored_data_pb2.DeleteOrganisationRequest(cursor=cursor)
        call = stub.DeleteOrganisation
        return _removed(await self._rpc.call(call, request, _SECONDS, service=service))

    async def export(self, service: str, cursor: str, limit: int) -> ExportedPage:
        """Read up to `limit` rows of what a service stores about the caller's organisation."""
        stub = stored_data_pb2_grpc.OrganisationDataServiceStub(self._channels[service])
        request = stored_data_pb2.ExportOrganisationRequest(cursor=cursor, limit=limit)
        call = stub.ExportOrganisation
        found = await self._rpc.call(call, request, _EXPORT_SECONDS, service=service)
        return ExportedPage([ExportedRow(row.table, row.json) for row in found.rows], found.cursor)


def _removed(answer: stored_data_pb2.RemovedData) -> Removed:
    waiting_for = answer.waiting_for if answer.HasField("waiting_for") else None
    return Removed({**answer.counts}, answer.done, answer.cursor, waiting_for)
