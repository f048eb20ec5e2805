"""Services for the gateway's tests: one lists messages, the others return names for ids."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import grpc

from deploy.local.ports import free_port
from servicekit.errors import Unavailable
from servicekit.identity import current
from servicekit.rpc.server import Context, make_server
from servicekit.tokens import TokenSigner
from servicekit.web.loop_thread import LoopThread
from smsblaster.campaigns.v1 import names_pb2 as campaign_names_pb2
from smsblaster.campaigns.v1 import names_pb2_grpc as campaign_names_pb2_grpc
from smsblaster.contacts.v1 import names_pb2 as contact_names_pb2
from smsblaster.contacts.v1 import names_pb2_grpc as contact_names_pb2_grpc
from smsblaster.messaging.v1 import history_pb2, history_pb2_grpc, messages_pb2

ANNA, NAMELESS, SALE = str(uuid4()), str(uuid4()), str(uuid4())


class History(history_pb2_grpc.HistoryServiceServicer):
    """Replaces the service of the history. It has two messages, one of them of a campaign."""

    async def ListHistory(
        self, request: history_pb2.ListHistoryRequest, context: Context
    ) -> history_pb2.ListHistoryResponse:
        user_id = str(current().user_id)
        rows = [
            messages_pb2.Message(contact_id=ANNA, campaign_id=SALE, user_id=user_id),
            messages_pb2.Message(contact_id=NAMELESS, user_id=str(uuid4())),
        ]
        return history_pb2.ListHistoryResponse(items=rows * 30)


class ContactNames(contact_names_pb2_grpc.ContactNameServiceServicer):
    """Replaces the contacts service. It has one contact's name; if ``away`` is set, it fails."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.away = False

    async def GetContactNames(
        self, request: contact_names_pb2.GetContactNamesRequest, context: Context
    ) -> contact_names_pb2.GetContactNamesResponse:
        self.asked.append(list(request.ids))
        if self.away:
            raise Unavailable("The names are away.")
        return contact_names_pb2.GetContactNamesResponse(names={ANNA: "Anna Lee"})


class CampaignNames(campaign_names_pb2_grpc.CampaignNameServiceServicer):
    """Replaces the campaigns service. It has the name of one campaign."""

    async def GetCampaignNames(
        self, request: campaign_names_pb2.GetCampaignNamesRequest, context: Context
    ) -> campaign_names_pb2.GetCampaignNamesResponse:
        assert list(request.ids) == [SALE]
        return campaign_names_pb2.GetCampaignNamesResponse(names={SALE: "Spring sale"})


@contextmanager
def running_named_things(key: str, contact_names: ContactNames) -> Iterator[str]:
    """Run a server with these services on its own event loop, and yield its address."""
    loop, address = LoopThread(), f"127.0.0.1:{free_port()}"

    async def start() -> grpc.aio.Server:
        server = make_server(TokenSigner("messaging", base64.b64decode(key)))
        history_pb2_grpc.add_HistoryServiceServicer_to_server(
            History(),  # type: ignore[abstract]  # the rest is not called
            server,
        )
        contact_names_pb2_grpc.add_ContactNameServiceServicer_to_server(contact_names, server)
        campaign_names_pb2_grpc.add_CampaignNameServiceServicer_to_server(CampaignNames(), server)
        server.add_insecure_port(address)
        await server.start()
        return server

    server = loop.run(start())
    yield address
    loop.run(server.stop(1))
    loop.close()
