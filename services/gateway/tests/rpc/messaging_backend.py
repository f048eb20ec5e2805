"""A small gRPC server that stands in for messaging, for test mode."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import grpc

from deploy.local.ports import free_port
from servicekit.errors import CrossOrgAccess, Unavailable
from servicekit.identity import current
from servicekit.rpc.server import Context, make_server
from servicekit.tokens import TokenSigner
from servicekit.web.loop_thread import LoopThread
from services.gateway.tests.members import Client, Member
from services.gateway.tests.rpc.test_api_keys import bearing
from smsblaster.messaging.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    numbers_pb2,
    numbers_pb2_grpc,
)
from tests.fixtures.running import INTERNAL_KEY_TEXT


class Accounts(accounts_pb2_grpc.SubaccountServiceServicer):
    """Stands in for messaging: notes which accounts it was asked to prepare."""

    def __init__(self) -> None:
        self.prepared: list[UUID] = []
        self.is_away = False

    async def PrepareTestAccount(
        self, request: accounts_pb2.PrepareTestAccountRequest, context: Context
    ) -> accounts_pb2.PrepareTestAccountResponse:
        if self.is_away:
            raise Unavailable("Messaging is away.")
        self.prepared.append(current().require_org())
        return accounts_pb2.PrepareTestAccountResponse()


class Numbers(numbers_pb2_grpc.NumberServiceServicer):
    """Stands in for messaging: the only number has the caller's organisation as its id."""

    async def ListNumbers(
        self, request: numbers_pb2.ListNumbersRequest, context: Context
    ) -> numbers_pb2.ListNumbersResponse:
        if request.country == "DE":
            raise CrossOrgAccess
        number = numbers_pb2.PhoneNumber(sid=str(current().org_id))
        return numbers_pb2.ListNumbersResponse(items=[number])


@contextmanager
def messaging(accounts: Accounts) -> Iterator[str]:
    loop, address = LoopThread(), f"127.0.0.1:{free_port()}"

    async def start() -> grpc.aio.Server:
        server = make_server(TokenSigner("messaging", base64.b64decode(INTERNAL_KEY_TEXT)))
        accounts_pb2_grpc.add_SubaccountServiceServicer_to_server(accounts, server)
        numbers_pb2_grpc.add_NumberServiceServicer_to_server(
            Numbers(),  # type: ignore[abstract]  # the rest is not called
            server,
        )
        server.add_insecure_port(address)
        await server.start()
        return server

    server = loop.run(start())
    yield address
    loop.run(server.stop(1))
    loop.close()


def in_test_mode(client: Client, member: Member) -> dict[str, str]:
    """Switch test mode on for the session, and return the headers of its requests."""
    answer = client.post("/api/test-mode/tokens", json={}, headers=member.headers)
    assert answer.status_code == 200, answer.text
    assert 0 < answer.json()["expiresIn"] <= 15 * 60
    return bearing(answer.json()["accessToken"])
