"""Run the campaigns service and the services that it calls."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import pytest
from pydantic import SecretStr

from servicekit.db.database import Database
from services.campaigns import app
from services.campaigns.settings import CampaignsSettings
from services.campaigns.tests.marketer import Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation, an_organisation
from services.campaigns.tests.organizer import Organizer
from services.campaigns.tests.scene import Scene
from services.messaging import app as messaging_app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.ready_accounts import ReadyAccounts
from tests.fixtures.running import (
    INTERNAL_KEY_TEXT,
    TWILIO_SID,
    TWILIO_TOKEN,
    Running,
    Simulator,
    listening,
    running,
)
from tests.fixtures.services import KeptServices


@pytest.fixture(scope="module")
def database_url(shared: KeptServices) -> str:
    return shared.database("campaigns")


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(scope="module")
def common(nats_url: str) -> Callable[[str], dict[str, Any]]:
    """Return a function from a database URL to the settings that every service needs."""
    return lambda database_url: {
        "database_url": SecretStr(database_url),
        "nats_url": nats_url,
        "ops_listen": listening(),
        "grpc_listen": listening(),
        "internal_token_key": SecretStr(INTERNAL_KEY_TEXT),
    }


Common = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
async def without_methods() -> AsyncIterator[str]:
    """Yield the address of a gRPC server that has no methods.

    Callers get the error ``Unavailable`` at once. If there were no server, they would wait for it.
    """
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(None)


@pytest.fixture(scope="module")
async def alone(database_url: str, common: Common, without_methods: str) -> AsyncIterator[Running]:
    """Run the service without contacts and messaging."""
    settings = CampaignsSettings(
        **common(database_url),
        contacts_addr=without_methods,
        messaging_addr=without_methods,
        scheduler=False,
    )
    async with running(app.serve, settings) as service:
        yield service


@pytest.fixture(scope="module")
def messaging_settings(
    shared: KeptServices,
    common: Common,
    simulator: Simulator,
    billing: Running,
    contacts: Running,
    runs_jobs: bool,
) -> MessagingSettings:
    def make() -> MessagingSettings:
        return MessagingSettings(
            **common(shared.database("messaging")),
            billing_addr=billing.address,
            contacts_addr=contacts.address,
            keyring=SecretStr("tests:" + base64.b64encode(bytes(32)).decode()),
            public_webhooks_url=f"http://{listening()}",
            twilio_account_sid=TWILIO_SID,
            twilio_auth_token=SecretStr(TWILIO_TOKEN),
            twilio_base_url=simulator.twilio_url,
            scheduler=runs_jobs,
        )

    return shared.once("settings of messaging", make)


@pytest.fixture(scope="module")
async def messaging(shared: KeptServices, messaging_settings: MessagingSettings) -> Running:
    return await shared.opened(
        "messaging", lambda: running(messaging_app.serve, messaging_settings)
    )


@pytest.fixture(scope="module")
async def sender(messaging: Running, messaging_settings: MessagingSettings) -> AsyncIterator[None]:
    """Run a sender process's loop for pending messages."""
    stop = asyncio.Event()
    settings = messaging_settings.model_copy(update={"ops_listen": listening()})
    task = asyncio.create_task(messaging_app.send(settings, stop))
    yield
    stop.set()
    await task


@pytest.fixture(scope="module")
def campaigns_settings(
    shared: KeptServices,
    database_url: str,
    common: Common,
    contacts: Running,
    messaging: Running,
    runs_jobs: bool,
) -> CampaignsSettings:
    def make() -> CampaignsSettings:
        return CampaignsSettings(
            **common(database_url),
            contacts_addr=contacts.address,
            messaging_addr=messaging.address,
            chunk_size=10,
            plan_window=30,
            scheduler=runs_jobs,
        )

    return shared.once("settings of campaigns", make)


@pytest.fixture(scope="module")
async def campaigns(shared: KeptServices, campaigns_settings: CampaignsSettings) -> Running:
    return await shared.opened("campaigns", lambda: running(app.serve, campaigns_settings))


@pytest.fixture(scope="module")
async def neighbours(
    contacts: Running,
    messaging: Running,
    messaging_settings: MessagingSettings,
    simulator: Simulator,
    billing_database: Database,
) -> AsyncIterator[Neighbours]:
    database = Database(messaging_settings.database_url.get_secret_value())
    async with ReadyAccounts.of(messaging_settings, database, simulator) as accounts:
        yield Neighbours(contacts, messaging, simulator, accounts, database, billing_database)
    await database.close()


@pytest.fixture
async def organisation(neighbours: Neighbours) -> Organisation:
    """Set up an organisation that can send, with a balance of 1,000 cents."""
    return await an_organisation(neighbours, cents=1000)


@pytest.fixture
def marketer(campaigns: Running, organisation: Organisation) -> Marketer:
    """Return a user of the organisation."""
    return Marketer(campaigns, organisation.person)


@pytest.fixture
def organizer(campaigns: Running, organisation: Organisation) -> Organizer:
    """Return a user of the organisation who organizes events and isn't its owner."""
    return Organizer.of(campaigns, organisation)


@pytest.fixture
async def scene(organizer: Organizer, neighbours: Neighbours) -> Scene:
    """Create an event with one attendee."""
    event = await organizer.event()
    attendee = await organizer.attendee(event.id, 1, first_name="Ann", last_name="Lee")
    return Scene(organizer, neighbours, event.id, attendee.id)
