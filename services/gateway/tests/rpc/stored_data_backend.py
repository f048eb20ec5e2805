"""A small gRPC server that stands in for all services, for the end of data."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import grpc

from deploy.local.ports import free_port
from servicekit.errors import Unavailable
from servicekit.identity import TokenSigner, current
from servicekit.rpc.server import Context, make_server
from servicekit.web.loop_thread import LoopThread
from smsblaster.contacts.v1 import people_pb2, people_pb2_grpc
from smsblaster.erasure.v1 import stored_data_pb2, stored_data_pb2_grpc
from tests.fixtures.running import INTERNAL_KEY_TEXT

CONTACT_ID = "0190e2a0-0000-7000-8000-00000000000b"
OTHER_NUMBER = "+14155550102"


class People(people_pb2_grpc.PersonServiceServicer, stored_data_pb2_grpc.PersonDataServiceServicer):
    """Stands in for every service: removes a row in each call, and needs two calls for each step.

    Attributes:
        erased: The cursor of each call, by organisation.
        waits: The next call waits for something.
        is_away: The next call gets no answer.
    """

    def __init__(self) -> None:
        self.erased: dict[UUID, list[str]] = {}
        self.waits = False
        self.is_away = False

    async def SuppressPerson(
        self, request: people_pb2.SuppressPersonRequest, context: Context
    ) -> people_pb2.SuppressedPerson:
        phones = [request.phone, OTHER_NUMBER]
        return people_pb2.SuppressedPerson(phones=phones, contact_ids=[CONTACT_ID])

    async def ErasePerson(
        self, request: stored_data_pb2.ErasePersonRequest, context: Context
    ) -> stored_data_pb2.RemovedData:
        assert request.phones[1] == OTHER_NUMBER
        assert [*request.contact_ids] == [CONTACT_ID]
        if self.is_away:
            self.is_away = False
            raise Unavailable("The service is away.")
        if self.waits:
            self.waits = False
            return stored_data_pb2.RemovedData(waiting_for="Something is on its way.")
        self.erased.setdefault(current().require_org(), []).append(request.cursor)
        done = request.cursor == "second"
        return stored_data_pb2.RemovedData(counts={"rows": 1}, done=done, cursor="second")


@contextmanager
def all_services(people: People) -> Iterator[str]:
    """Run the server on its own event loop, and yield its address."""
    loop, address = LoopThread(), f"127.0.0.1:{free_port()}"

    async def start() -> grpc.aio.Server:
        server = make_server(TokenSigner("contacts", base64.b64decode(INTERNAL_KEY_TEXT)))
        people_pb2_grpc.add_PersonServiceServicer_to_server(people, server)
        stored_data_pb2_grpc.add_PersonDataServiceServicer_to_server(people, server)
        server.add_insecure_port(address)
        await server.start()
        return server

    server = loop.run(start())
    yield address
    loop.run(server.stop(1))
    loop.close()
