"""Fixtures: a running gateway with real servers and HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import argon2
import httpx
import pytest
from pydantic import SecretStr

from deploy.local.ports import free_port
from servicekit.db.database import Database
from servicekit.web.loop_thread import LoopThread
from services.gateway.app import application
from services.gateway.domain import passwords
from services.gateway.settings import GatewaySettings
from services.gateway.storage.signing_keys import SigningKeys, ensure_key
from services.gateway.tests.members import Client, Member, sign_up
from services.gateway.tests.rpc.backends import running_contacts
from tests.fixtures.asgi_server import asgi_server
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.running import INTERNAL_KEY_TEXT, POSTMARK_TOKEN, Simulator, listening

KEYRING = "first:" + "a2V5LW9mLXRoZS1nYXRld2F5cy10ZXN0cy0zMmJ5dGU="
ORIGIN = "https://console.test"


@pytest.fixture(scope="module", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Make the hashing of passwords fast for all tests."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", hasher)
        patch.setattr(passwords, "_NOBODYS_HASH", hasher.hash("no account has this password"))
        yield


@pytest.fixture(scope="session")
def database_url(database_factory: DatabaseFactory) -> Iterator[str]:
    with database_factory("gateway") as url:
        yield url


@pytest.fixture(scope="session")
def contacts_addr() -> Iterator[str]:
    with running_contacts(INTERNAL_KEY_TEXT) as address:
        yield address


@pytest.fixture(scope="session")
def settings(
    database_url: str,
    nats_url: str,
    contacts_addr: str,
    simulator: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> GatewaySettings:
    nobody = f"127.0.0.1:{free_port()}"
    keys = tmp_path_factory.mktemp("jwt-keys")
    ensure_key(keys)
    return GatewaySettings(
        database_url=SecretStr(database_url),
        nats_url=nats_url,
        ops_listen=listening(),
        http_listen=listening(),
        internal_token_key=SecretStr(INTERNAL_KEY_TEXT),
        keyring=SecretStr(KEYRING),
        operator_second_factor=False,
        billing_addr=nobody,
        contacts_addr=contacts_addr,
        messaging_addr=nobody,
        campaigns_addr=nobody,
        webhooks_addr=nobody,
        public_app_url="https://app.test",
        jwt_keys_dir=str(keys),
        cors_origins=f"{ORIGIN}, https://other.test",
        rate_limits=False,
        postmark_server_token=SecretStr(POSTMARK_TOKEN),
        postmark_base_url=simulator.postmark_url,
        postmark_from="hello@smsblaster.test",
        upload_limit_bytes=3 * 1024 * 1024,
        grace_seconds=5,
    )


@pytest.fixture(scope="session")
def signing_keys(settings: GatewaySettings) -> SigningKeys:
    """Return the keys of the tests' gateway. To make another one would take half a second."""
    return SigningKeys(Path(settings.jwt_keys_dir))


@contextmanager
def serving(settings: GatewaySettings, folder: Path) -> Iterator[str]:
    """Serve a gateway with `settings` in threads of this process, and yield its address."""
    with asgi_server(application(settings, folder / "lead.lock"), settings.pace()) as url:
        yield url


@pytest.fixture(scope="session")
def gateway_url(
    settings: GatewaySettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with serving(settings, tmp_path_factory.mktemp("gateway")) as url:
        yield url


@pytest.fixture
def client(gateway_url: str) -> Iterator[Client]:
    with httpx.Client(base_url=gateway_url, timeout=60) as client:
        yield client


@pytest.fixture
def member(client: Client) -> Member:
    """Return the signed-in owner of a new organisation."""
    return sign_up(client)


@pytest.fixture(scope="session")
def loop() -> Iterator[LoopThread]:
    """Return an event loop for database access by tests."""
    loop = LoopThread()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def database(loop: LoopThread, database_url: str) -> Iterator[Database]:
    async def connect() -> Database:
        return Database(database_url, 2)

    database = loop.run(connect())
    yield database
    loop.run(database.close())


@pytest.fixture
def rows(loop: LoopThread, database: Database) -> Callable[..., list[dict[str, object]]]:
    """Return a function that runs a query across all organisations and returns its rows."""
    from sqlalchemy import text

    async def ask(query: str, parameters: dict[str, object]) -> list[dict[str, object]]:
        async with database.system() as connection:
            result = await connection.execute(text(query), parameters)
            return [dict(row) for row in result.mappings()] if result.returns_rows else []

    return lambda query, **parameters: loop.run(ask(query, parameters))
