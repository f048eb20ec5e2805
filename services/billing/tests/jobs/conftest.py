"""Fixtures: databases with a ledger, a new one for each test."""

from collections.abc import AsyncIterator, Callable

import pytest

from servicekit.db.database import Database
from services.billing.tests.money import pay_in
from services.billing.tests.tampering import run_job, scalars
from tests.fixtures.running import Person


@pytest.fixture
async def ledger_db(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    """Yield a database with a ledger, which the test may damage."""
    database = Database(migrated_database("billing"))
    yield database
    await database.close()


@pytest.fixture
async def sealed(ledger_db: Database) -> Person:
    """Return a person with seven sealed transactions of 100 cents, in three blocks."""
    person = Person()
    for _ in range(7):
        await pay_in(ledger_db, person, 100)
    await run_job(ledger_db)
    assert await scalars(ledger_db, "SELECT entries FROM seal_blocks ORDER BY from_id") == [3, 3, 1]
    return person
