"""Fixtures: the messaging service on real servers, with the services that it calls."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr

from servicekit.bus.connection import Bus
from servicekit.db.database import Database
from services.billing.settings import BillingSettings
from services.billing.tests.money import pay_in
from services.contacts.settings import ContactsSettings
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.organisation import Organisation
from services.messaging.tests.ready_accounts import ReadyAccounts
from services.messaging.tests.tenant import Tenant, TwilioSide
from services.messaging.tests.testers import TwilioRecord, in_test_mode, prepare
from tests.fixtures.running import (
    INTERNAL_KEY_TEXT,
    TWILIO_SID,
    TWILIO_TOKEN,
    Person,
    Running,
    Simulator,
    listening,
    running,
)
from tests.fixtures.services import KeptServices

Founding = Callable[[int], Awaitable[Organisation]]

KEYRING = "tests:a2V5LWVuY3J5cHRpb24ta2V5LW9mLXRoZS10ZXN0cyE="


@pytest.fixture(scope="module")
def settings(
    shared: KeptServices,
    nats_url: str,
    simulator: Simulator,
    billing_settings: BillingSettings,
    contacts_settings: ContactsSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> MessagingSettings:
    def make() -> MessagingSettings:
        return MessagingSettings(
            database_url=SecretStr(shared.database("messaging")),
            nats_url=nats_url,
            ops_listen=listening(),
            grpc_listen=listening(),
            internal_token_key=SecretStr(INTERNAL_KEY_TEXT),
            billing_addr=billing_settings.grpc_listen,
            contacts_addr=contacts_settings.grpc_listen,
            keyring=SecretStr(KEYRING),
            public_webhooks_url="http://127.0.0.1:9",
            twilio_account_sid=TWILIO_SID,
            twilio_auth_token=SecretStr(TWILIO_TOKEN),
            twilio_base_url=simulator.twilio_url,
            send_lease_seconds=5,
            unknown_horizon_seconds=3,
            poll_after_seconds=2,
            export_dir=tmp_path_factory.mktemp("exports"),
            export_max_rows=50,
            archive_dir=tmp_path_factory.mktemp("archive"),
            number_limit_unpaid=30,
            a2p_brand_cents=0,
            a2p_campaign_cents=0,
            scheduler=billing_settings.scheduler,
        )

    return shared.once("settings of messaging", make)


@pytest.fixture(scope="module")
async def messaging(
    shared: KeptServices, settings: MessagingSettings, billing: Running, contacts: Running
) -> Running:
    return await shared.opened("messaging", lambda: running(app.serve, settings))


@pytest.fixture(scope="module")
async def database(settings: MessagingSettings) -> AsyncIterator[Database]:
    database = Database(settings.database_url.get_secret_value())
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def ready_accounts(
    settings: MessagingSettings, database: Database, simulator: Simulator
) -> AsyncIterator[ReadyAccounts]:
    async with ReadyAccounts.of(settings, database, simulator) as accounts:
        yield accounts


@pytest.fixture(scope="module")
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats_url, "tests")
    yield bus
    await bus.close()


@pytest.fixture
async def twilio(simulator: Simulator) -> AsyncIterator[TwilioSide]:
    """Yield the simulated Twilio. Injected faults are removed after the test."""
    async with TwilioSide.of(simulator) as twilio:
        yield twilio
        await twilio.behave()


@pytest.fixture
def found_tenant(
    messaging: Running, database: Database, billing_database: Database
) -> Callable[[], Awaitable[Tenant]]:
    """Return a function that creates organisations that have money, but no account."""

    async def start() -> Tenant:
        tenant = Tenant(messaging, database)
        await pay_in(billing_database, Person(tenant.org_id, tenant.user_id), 10_000)
        return tenant

    return start


@pytest.fixture
async def tenant(found_tenant: Callable[[], Awaitable[Tenant]]) -> Tenant:
    """Return an organisation that has money, but no account."""
    return await found_tenant()


@pytest.fixture(scope="module")
async def sender(settings: MessagingSettings, messaging: Running) -> AsyncIterator[Running]:
    """Run the loop of a sender process in this process, and yield it."""
    own = settings.model_copy(update={"ops_listen": listening()})
    async with running(app.send, own) as service:
        yield service


@pytest.fixture
def bare_organisation(
    messaging: Running,
    contacts: Running,
    billing_database: Database,
    bus: Bus,
    simulator: Simulator,
    ready_accounts: ReadyAccounts,
) -> Organisation:
    """Return an organisation without an account, a phone number or money."""
    return Organisation(
        messaging,
        contacts,
        ready_accounts.database,
        billing_database,
        bus,
        simulator,
        ready_accounts,
    )


@pytest.fixture
async def found(bare_organisation: Organisation, sender: Running) -> AsyncIterator[Founding]:
    """Yield a function that creates organisations that can send. Faults are removed afterwards."""

    async def start(cents: int) -> Organisation:
        organisation = replace(bare_organisation, person=Person())
        await organisation.set_up()
        if cents:
            await pay_in(organisation.billing_database, organisation.person, cents)
        return organisation

    yield start
    httpx.delete(f"{bare_organisation.simulator.url}/sim/faults").raise_for_status()


@pytest.fixture
async def organisation(found: Founding) -> Organisation:
    return await found(1000)


@pytest.fixture
async def other_organisation(found: Founding) -> Organisation:
    return await found(1000)


@pytest.fixture
async def small_organisation(found: Founding) -> Organisation:
    return await found(5)


@pytest.fixture
async def poor_organisation(found: Founding) -> Organisation:
    return await found(0)


@pytest.fixture
async def tester(organisation: Organisation) -> Organisation:
    """Return the test organisation of `organisation`, which has an account, a number and money."""
    tester = in_test_mode(organisation)
    await prepare(tester)
    return tester


@pytest.fixture
def twilio_record(simulator: Simulator) -> TwilioRecord:
    """Return the record of what is asked of Twilio during the test."""
    return TwilioRecord(simulator)
