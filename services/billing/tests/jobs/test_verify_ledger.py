"""The books are proved: a balance that is not the sum of its transactions is found."""

from collections.abc import AsyncIterator, Callable

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from servicekit.db.database import Database
from services.billing.jobs.verify_ledger import LedgerMismatch, verify_ledger
from services.billing.tests.money import pay_in
from tests.fixtures.running import Person


@pytest.fixture
async def books(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    """A ledger of the test's own, for it to spoil."""
    database = Database(migrated_database("billing"))
    yield database
    await database.close()


def counted() -> float:
    """What the metric has counted so far."""
    return REGISTRY.get_sample_value("billing_ledger_mismatches_total") or 0.0


async def test_books_that_add_up_pass(books: Database) -> None:
    await pay_in(books, Person(), 500)
    before = counted()
    await verify_ledger(books)
    assert counted() == before


async def test_a_balance_without_its_transactions_is_found(books: Database) -> None:
    await pay_in(books, Person(), 500)
    async with books.system() as connection:
        await connection.execute(text("UPDATE user_balances SET balance_cents = 501"))
    before = counted()
    with pytest.raises(LedgerMismatch):
        await verify_ledger(books)
    assert counted() == before + 1


async def test_transactions_without_their_balance_are_found_and_it_is_made_again(
    books: Database,
) -> None:
    await pay_in(books, Person(), 500)
    async with books.system() as connection:
        await connection.execute(text("DELETE FROM user_balances"))
    with pytest.raises(LedgerMismatch):
        await verify_ledger(books)
    await verify_ledger(books)
    async with books.system() as connection:
        assert await connection.scalar(text("SELECT balance_cents FROM user_balances")) == 500


@pytest.mark.parametrize(
    "change",
    ["UPDATE billing_transactions SET amount_cents = 1", "DELETE FROM billing_transactions"],
)
async def test_a_written_transaction_is_never_changed(books: Database, change: str) -> None:
    await pay_in(books, Person(), 500)
    with pytest.raises(DBAPIError, match="append-only"):
        async with books.system() as connection:
            await connection.execute(text(change))


async def test_a_balance_never_goes_below_zero(books: Database) -> None:
    await pay_in(books, Person(), 500)
    with pytest.raises(DBAPIError, match="ck_user_balances_not_negative"):
        async with books.system() as connection:
            await connection.execute(text("UPDATE user_balances SET balance_cents = -1"))
