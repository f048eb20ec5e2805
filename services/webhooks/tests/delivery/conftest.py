"""Fixtures: the gRPC methods for endpoints in the test's own process, with a real database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message
from sqlalchemy import text

from servicekit.bus.consumer import Incoming
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import acting_as
from servicekit.ids import new_id
from servicekit.rpc.client import open_channel
from servicekit.rpc.server import make_server
from servicekit.tokens import TokenSigner
from servicekit.vault import Vault, envelope_of
from services.webhooks.delivery.events.customer_events import CustomerEventsConsumer
from services.webhooks.delivery.providers.endpoint_caller import EndpointCaller
from services.webhooks.delivery.providers.public_addresses import PublicAddresses
from services.webhooks.delivery.support.opened_secrets import OpenedSecrets
from services.webhooks.delivery.usecases.make_calls import MakeCalls
from services.webhooks.delivery.usecases.record_results import RecordResults
from services.webhooks.parts.endpoints import register_endpoints
from services.webhooks.settings import WebhooksSettings
from services.webhooks.tests.conftest import MakeSettings
from services.webhooks.tests.delivery.customer_server import CustomerServer, customer_server
from smsblaster.contacts.v1.contacts_pb2 import Contact
from smsblaster.webhooks.v1 import (
    deliveries_pb2,
    deliveries_pb2_grpc,
    endpoints_pb2,
    endpoints_pb2_grpc,
)
from smsblaster.webhooks.v1.customer_events_pb2 import CustomerEvent, CustomerEvents
from tests.fixtures.running import Person, Running

_SERVICES = [
    "smsblaster.webhooks.v1.WebhookEndpointService",
    "smsblaster.webhooks.v1.WebhookDeliveryService",
    "smsblaster.webhooks.v1.WebhookListenerService",
]

_EARLIER_CALLS = text("""
UPDATE webhook_deliveries SET next_attempt_at = next_attempt_at - :ago WHERE status = 'pending'
""")
_EARLIER_FAILURES = text("""
UPDATE webhook_endpoints SET paused_until = paused_until - :ago,
  failing_since = failing_since - :ago, warned_at = warned_at - :ago,
  old_secret_expires_at = old_secret_expires_at - :ago
""")


@dataclass(frozen=True)
class Customer:
    """An admin of an organisation, who calls the webhooks service."""

    running: Running
    person: Person = field(default_factory=Person)

    @property
    def endpoints(self) -> Any:
        return endpoints_pb2_grpc.WebhookEndpointServiceStub(self.running.channel)

    @property
    def deliveries(self) -> Any:
        return deliveries_pb2_grpc.WebhookDeliveryServiceStub(self.running.channel)

    async def call(self, method: Any, request: Any) -> Any:
        with acting_as(self.person.identity()):
            return await self.running.caller().call(method, request)

    async def create(
        self, url: str = "https://example.com/hooks", *event_types: str, **more: Any
    ) -> endpoints_pb2.CreatedWebhookEndpoint:
        request = endpoints_pb2.CreateWebhookEndpointRequest(
            url=url, event_types=event_types, **more
        )
        made: endpoints_pb2.CreatedWebhookEndpoint = await self.call(
            self.endpoints.CreateWebhookEndpoint, request
        )
        return made

    async def read(self, endpoint_id: str) -> endpoints_pb2.WebhookEndpoint:
        request = endpoints_pb2.GetWebhookEndpointRequest(id=endpoint_id)
        found: endpoints_pb2.WebhookEndpoint = await self.call(
            self.endpoints.GetWebhookEndpoint, request
        )
        return found

    async def test(self, endpoint_id: str) -> deliveries_pb2.WebhookDelivery:
        request = endpoints_pb2.TestWebhookEndpointRequest(id=endpoint_id)
        made: deliveries_pb2.WebhookDelivery = await self.call(
            self.endpoints.TestWebhookEndpoint, request
        )
        return made

    async def delivered_to(
        self, endpoint_id: str, **wanted: Any
    ) -> deliveries_pb2.ListWebhookDeliveriesResponse:
        request = deliveries_pb2.ListWebhookDeliveriesRequest(endpoint_id=endpoint_id, **wanted)
        found: deliveries_pb2.ListWebhookDeliveriesResponse = await self.call(
            self.deliveries.ListWebhookDeliveries, request
        )
        return found


@pytest.fixture(scope="module")
def settings(
    make_settings: MakeSettings, migrated_database: Callable[[str], str]
) -> WebhooksSettings:
    return make_settings(migrated_database("webhooks"), "nats://unused")


@pytest.fixture(scope="module")
async def database(settings: WebhooksSettings) -> AsyncIterator[Database]:
    database = Database(settings.database_url.get_secret_value())
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def running(settings: WebhooksSettings, database: Database) -> AsyncIterator[Running]:
    server = make_server(TokenSigner("webhooks", settings.token_key()))
    register_endpoints(server, settings, database, CursorCodec(settings.token_key()))
    server.add_insecure_port(settings.grpc_listen)
    await server.start()
    channel = open_channel(settings.grpc_listen, _SERVICES)
    yield Running(channel, settings.token_key())
    await channel.close()
    await server.stop(None)


@pytest.fixture
def acme(running: Running) -> Customer:
    return Customer(running)


@pytest.fixture
def other(running: Running) -> Customer:
    return Customer(running)


@dataclass
class Delivering:
    """Stores events and makes the calls to endpoints in the test's own process."""

    database: Database
    calls: MakeCalls
    results: RecordResults
    events: CustomerEventsConsumer
    recording: "asyncio.Task[None]"

    async def deliver_due(self) -> None:
        """Make all calls that are due, and wait until they are recorded."""
        while await self.calls.begin_due():
            await self.calls.finish()

    async def let_time_pass(self, **ago: float) -> None:
        """Move the times of earlier calls and failures `ago` into the past."""
        async with self.database.system() as connection:
            await connection.execute(_EARLIER_CALLS, {"ago": timedelta(**ago)})
            await connection.execute(_EARLIER_FAILURES, {"ago": timedelta(**ago)})

    async def happen(
        self, org_id: UUID, *types: str, data: Message | None = None
    ) -> list[CustomerEvent]:
        """Pass an event of each type to the consumer, as if another service had published it.

        Return the events.
        """
        events = []
        for type_ in types:
            event = CustomerEvent(id=str(new_id()), org_id=str(org_id), type=type_)
            event.occurred_at.GetCurrentTime()
            event.data.Pack(data or Contact(id=str(new_id()), phone="+14155550100"))
            events.append(event)
        await self.tell(events)
        return events

    async def tell(self, events: Sequence[CustomerEvent]) -> None:
        """Pass events to the consumer, as the bus does."""
        payload = CustomerEvents(events=events).SerializeToString()
        await self.events.handle([Incoming(str(new_id()), "event.x.customer_events", payload)])


@asynccontextmanager
async def delivering(
    settings: WebhooksSettings, database: Database, answer_seconds: float = 5
) -> AsyncIterator[Delivering]:
    """Yield an object that stores events and makes their calls, until the block ends."""
    caller = EndpointCaller(PublicAddresses(allow_loopback=True), answer_seconds)
    record = RecordResults(database)
    recording = asyncio.create_task(record.run())
    secrets = OpenedSecrets(Vault(envelope_of(settings)))
    calls = MakeCalls(database, secrets, caller.call, record.record)
    yield Delivering(database, calls, record, CustomerEventsConsumer(database), recording)
    recording.cancel()
    await caller.close()


@pytest.fixture
async def delivery(settings: WebhooksSettings, database: Database) -> AsyncIterator[Delivering]:
    async with delivering(settings, database) as made:
        yield made


@pytest.fixture
async def server() -> AsyncIterator[CustomerServer]:
    async with customer_server() as customer:
        yield customer
