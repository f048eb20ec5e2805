"""A gateway with a database of its own: another gateway's jobs would do the same work."""

from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr

from servicekit.db.database import Database
from servicekit.web.loop_thread import LoopThread
from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.members import Client
from services.gateway.tests.rpc.end_of_data.backend import Organisations, People, all_services
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.running import listening


@pytest.fixture(scope="package")
def people() -> People:
    return People()


@pytest.fixture(scope="package")
def organisations() -> Organisations:
    return Organisations()  # type: ignore[abstract]  # the rest is not called


@pytest.fixture(scope="package")
def own_database_url(database_factory: DatabaseFactory) -> Iterator[str]:
    with database_factory("gateway") as url:
        yield url


@pytest.fixture(scope="package")
def database(loop: LoopThread, own_database_url: str) -> Iterator[Database]:
    async def connect() -> Database:
        return Database(own_database_url, 2)

    database = loop.run(connect())
    yield database
    loop.run(database.close())


@pytest.fixture(scope="package")
def url(
    settings: GatewaySettings,
    own_database_url: str,
    people: People,
    organisations: Organisations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    with all_services(people, organisations) as address:
        services = ("billing", "contacts", "campaigns", "messaging", "webhooks")
        own = {f"{name}_addr": address for name in services} | {"ops_listen": listening()}
        changed = settings.model_copy(update=own | {"database_url": SecretStr(own_database_url)})
        with serving(changed, tmp_path_factory.mktemp("end-of-data")) as url:
            yield url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client
