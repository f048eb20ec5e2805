"""A small gRPC server that stands in for all services, for the end of data."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import grpc

from deploy.local.ports import free_port
from servicekit.errors import Unavailable
from servicekit.identity import current
from servicekit.rpc.server import Context, make_server
from servicekit.tokens import TokenSigner
from servicekit.web.loop_thread import LoopThread
from smsblaster.billing.v1 import automatic_top_ups_pb2, automatic_top_ups_pb2_grpc
from smsblaster.contacts.v1 import people_pb2, people_pb2_grpc
from smsblaster.erasure.v1 import stored_data_pb2, stored_data_pb2_grpc
from smsblaster.messaging.v1 import (
    admin_accounts_pb2,
    admin_accounts_pb2_grpc,
    admin_stats_pb2,
    admin_stats_pb2_grpc,
)
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


class Organisations(
    stored_data_pb2_grpc.OrganisationDataServiceServicer,
    admin_stats_pb2_grpc.AdminStatsServiceServicer,
    admin_accounts_pb2_grpc.AdminSubaccountServiceServicer,
    automatic_top_ups_pb2_grpc.AutomaticTopUpServiceServicer,
):
    """Stands in for every service: handles a row in each call, and needs two calls for each step.

    Attributes:
        suspended: The organisations that can't send.
        deleted: The cursor of each deletion, by organisation.
        cards: The users whose saved cards were deleted.
        is_away: The next deletion or copy gets no answer.
    """

    def __init__(self) -> None:
        self.suspended: set[str] = set()
        self.deleted: dict[UUID, list[str]] = {}
        self.cards: list[UUID] = []
        self.is_away = False

    async def DeleteOrganisation(
        self, request: stored_data_pb2.DeleteOrganisationRequest, context: Context
    ) -> stored_data_pb2.RemovedData:
        if self.is_away:
            self.is_away = False
            raise Unavailable("The service is away.")
        self.deleted.setdefault(current().require_org(), []).append(request.cursor)
        done = request.cursor == "second"
        return stored_data_pb2.RemovedData(counts={"rows": 1}, done=done, cursor="second")

    async def ExportOrganisation(
        self, request: stored_data_pb2.ExportOrganisationRequest, context: Context
    ) -> stored_data_pb2.ExportedData:
        if self.is_away:
            self.is_away = False
            raise Unavailable("The service is away.")
        row = stored_data_pb2.ExportedRow(table="things", json="{}")
        return stored_data_pb2.ExportedData(rows=[row], cursor="" if request.cursor else "second")

    async def ListOrganisationUsage(
        self, request: admin_stats_pb2.ListOrganisationUsageRequest, context: Context
    ) -> admin_stats_pb2.ListOrganisationUsageResponse:
        [org_id] = request.org_ids
        status = admin_accounts_pb2.SUBACCOUNT_STATUS_ACTIVE
        if org_id in self.suspended:
            status = admin_accounts_pb2.SUBACCOUNT_STATUS_SUSPENDED
        usage = admin_stats_pb2.OrganisationUsage(account=status)
        return admin_stats_pb2.ListOrganisationUsageResponse(items=[usage])

    async def SuspendSubaccount(
        self, request: admin_accounts_pb2.SuspendSubaccountRequest, context: Context
    ) -> admin_accounts_pb2.AdminSubaccount:
        self.suspended.add(request.org_id)
        return admin_accounts_pb2.AdminSubaccount()

    async def ReactivateSubaccount(
        self, request: admin_accounts_pb2.ReactivateSubaccountRequest, context: Context
    ) -> admin_accounts_pb2.AdminSubaccount:
        self.suspended.discard(request.org_id)
        return admin_accounts_pb2.AdminSubaccount()

    async def DeleteSavedCard(
        self, request: automatic_top_ups_pb2.DeleteSavedCardRequest, context: Context
    ) -> automatic_top_ups_pb2.AutomaticTopUp:
        self.cards.append(current().require_user())
        return automatic_top_ups_pb2.AutomaticTopUp()


@contextmanager
def all_services(people: People, organisations: Organisations | None = None) -> Iterator[str]:
    """Run the server on its own event loop, and yield its address."""
    closed = organisations or Organisations()  # type: ignore[abstract]  # the rest is not called
    loop, address = LoopThread(), f"127.0.0.1:{free_port()}"

    async def start() -> grpc.aio.Server:
        server = make_server(TokenSigner("contacts", base64.b64decode(INTERNAL_KEY_TEXT)))
        people_pb2_grpc.add_PersonServiceServicer_to_server(people, server)
        stored_data_pb2_grpc.add_PersonDataServiceServicer_to_server(people, server)
        stored_data_pb2_grpc.add_OrganisationDataServiceServicer_to_server(closed, server)
        admin_stats_pb2_grpc.add_AdminStatsServiceServicer_to_server(closed, server)
        admin_accounts_pb2_grpc.add_AdminSubaccountServiceServicer_to_server(closed, server)
        automatic_top_ups_pb2_grpc.add_AutomaticTopUpServiceServicer_to_server(closed, server)
        server.add_insecure_port(address)
        await server.start()
        return server

    server = loop.run(start())
    yield address
    loop.run(server.stop(1))
    loop.close()
