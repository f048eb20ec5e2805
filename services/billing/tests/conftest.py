"""A running billing service on real servers."""

from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import SecretStr

from servicekit.bus.connection import Bus
from servicekit.db.database import Database
from services.billing import app
from services.billing.settings import BillingSettings
from tests.fixtures.running import (
    INTERNAL_KEY_TEXT,
    STRIPE_KEY,
    Running,
    Simulator,
    listening,
    running,
)


@pytest.fixture(scope="module")
def settings(
    migrated_database: Callable[[str], str], nats_url: str, simulator: Simulator
) -> BillingSettings:
    return BillingSettings(
        database_url=SecretStr(migrated_database("billing")),
        nats_url=nats_url,
        ops_listen=listening(),
        grpc_listen=listening(),
        internal_token_key=SecretStr(INTERNAL_KEY_TEXT),
        public_app_url="http://console.test",
        stripe_secret_key=SecretStr(STRIPE_KEY),
        stripe_base_url=simulator.stripe_url,
    )


@pytest.fixture(scope="module")
async def billing(settings: BillingSettings) -> AsyncIterator[Running]:
    async with running(app.serve, settings) as service:
        yield service


@pytest.fixture(scope="module")
async def database(settings: BillingSettings) -> AsyncIterator[Database]:
    database = Database(settings.database_url.get_secret_value())
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats_url, "tests")
    yield bus
    await bus.close()
