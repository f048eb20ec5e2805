"""A running campaigns service on real servers."""

from collections.abc import AsyncIterator, Callable

import pytest

from servicekit.db.database import Database


@pytest.fixture(scope="module")
def database_url(migrated_database: Callable[[str], str]) -> str:
    return migrated_database("campaigns")


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()
