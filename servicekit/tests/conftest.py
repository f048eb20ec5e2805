"""Fixtures of the kit's tests: a database with the kit's tables, and a bus."""

from collections.abc import AsyncIterator, Callable

import pytest

from servicekit.bus.connection import Bus
from servicekit.db.database import Database


@pytest.fixture(scope="module")
def database_url(migrated_database: Callable[[str], str]) -> str:
    """Return the URL of a new migrated database, of billing as an example of all services."""
    return migrated_database("billing")


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(scope="module")
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats_url, "tests")
    yield bus
    await bus.close()
