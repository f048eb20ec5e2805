"""Ledgers of the tests' own."""

from collections.abc import AsyncIterator, Callable

import pytest

from servicekit.db.database import Database
from services.billing.tests.money import pay_in
from services.billing.tests.tampering import run, scalars
from tests.fixtures.running import Person


@pytest.fixture
async def books(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    """A ledger of the test's own, for it to spoil."""
    database = Database(migrated_database("billing"))
    yield database
    await database.close()


@pytest.fixture
async def sealed(books: Database) -> Person:
    """Somebody with seven sealed transactions of 100 cents, in three blocks."""
    person = Person()
    for _ in range(7):
        await pay_in(books, person, 100)
    await run(books)
    assert await scalars(books, "SELECT entries FROM seal_blocks ORDER BY from_id") == [3, 3, 1]
    return person
