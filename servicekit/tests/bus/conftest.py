"""Fixtures of the tests of relay and consumers."""

from collections.abc import AsyncIterator, Callable

import pytest

from servicekit.bus import consumer as consumer_module
from servicekit.db.database import Database
from servicekit.tests.bus.consuming import make_effects
from tests.fixtures.databases import owner_url


@pytest.fixture
async def database(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    """Return a database with a table, for this test alone.

    No other relay publishes its outbox.
    """
    url = migrated_database("billing")
    make_effects(owner_url(url))
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_module, "_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(consumer_module, "_OUTAGE_PAUSE_SECONDS", 0.05)
