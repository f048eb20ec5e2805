"""Fixtures: a running webhooks service, and a fake of messaging's accounts."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from deploy.local.postgres import Postgres, create_database, create_role
from servicekit.bus.connection import Bus
from servicekit.migrations import upgrade
from servicekit.rpc.server import make_server
from servicekit.tokens import TokenSigner
from services.webhooks.settings import WebhooksSettings
from services.webhooks.tests.calls import PUBLIC_URL, TwilioAccount
from services.webhooks.tests.directory import Directory
from services.webhooks.tests.serving import Service, ServiceProcess, serving, serving_here
from smsblaster.messaging.v1 import accounts_pb2_grpc
from tests.fixtures.running import INTERNAL_KEY_TEXT, STRIPE_WEBHOOK_SECRET, listening

KEYRING = "tests:a2V5LW9mLXRoZS13ZWJob29rcy10ZXN0cy0zMmJ5dGU="


@dataclass(frozen=True)
class Accounts:
    """Runs a fake of messaging's account service."""

    directory: Directory
    address: str


@pytest.fixture(scope="module")
async def accounts() -> AsyncIterator[Accounts]:
    directory = Directory()  # type: ignore[abstract]  # one method of the contract is enough
    address = listening()
    key = WebhooksSettings.model_construct(internal_token_key=SecretStr(INTERNAL_KEY_TEXT))
    server = make_server(TokenSigner("messaging", key.token_key()))
    accounts_pb2_grpc.add_SubaccountServiceServicer_to_server(directory, server)
    server.add_insecure_port(address)
    await server.start()
    yield Accounts(directory, address)
    await server.stop(None)


@pytest.fixture
def account(accounts: Accounts) -> TwilioAccount:
    """Return the Twilio account of a new organisation."""
    return accounts.directory.open()


MakeSettings = Callable[..., WebhooksSettings]


@pytest.fixture(scope="module")
def make_settings(accounts: Accounts) -> MakeSettings:
    """Return a function from database and bus URLs to the settings of a service."""

    def make(database_url: str, nats_url: str, **changed: object) -> WebhooksSettings:
        values: dict[str, object] = {
            "database_url": SecretStr(database_url),
            "nats_url": nats_url,
            "ops_listen": listening(),
            "http_listen": listening(),
            "grpc_listen": listening(),
            "internal_token_key": SecretStr(INTERNAL_KEY_TEXT),
            "messaging_addr": accounts.address,
            "public_webhooks_url": PUBLIC_URL,
            "stripe_webhook_secret": SecretStr(STRIPE_WEBHOOK_SECRET),
            "keyring": SecretStr(KEYRING),
            "endpoints_on_loopback": True,
            "grace_seconds": 5.0,
            # Tests run jobs themselves, so that no job publishes during another test.
            "scheduler": False,
            **changed,
        }
        return WebhooksSettings.model_validate(values)

    return make


@pytest.fixture(scope="module")
def settings(
    make_settings: MakeSettings, migrated_database: Callable[[str], str], nats_url: str
) -> WebhooksSettings:
    return make_settings(migrated_database("webhooks"), nats_url)


@pytest.fixture(scope="module")
async def service(
    settings: WebhooksSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    async with serving_here(settings, tmp_path_factory.mktemp("webhooks")) as service:
        yield service


@pytest.fixture(scope="module")
async def service_process(
    settings: WebhooksSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServiceProcess]:
    """Yield the service in a process of its own. No test of the file may also use `service`."""
    async with serving(settings, tmp_path_factory.mktemp("webhooks")) as service:
        yield service


@pytest.fixture(scope="module")
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats_url, "tests")
    yield bus
    await bus.close()


@pytest.fixture(scope="module")
def own_database(own_postgres: Postgres) -> str:
    """Return the service's database on a Postgres that the test can stop."""
    create_role(own_postgres.url(), "webhooks", "webhooks")
    create_database(own_postgres.url(), "webhooks", "webhooks")
    url = own_postgres.url("webhooks").replace("postgres:superuser", "webhooks:webhooks")
    upgrade("webhooks", url)
    return url
