"""Balances are proved to be the sums of their transactions; what is wrong is told once."""

import pytest
from sqlalchemy.exc import DBAPIError

from servicekit.db.database import Database
from services.billing.jobs.verify_ledger import verify_ledger
from services.billing.tests.money import pay_in
from services.billing.tests.tampering import counted, execute, findings, run, scalars
from services.billing.usecases.check_ledger import LedgerMismatch
from tests.fixtures.poison import recorded
from tests.fixtures.running import Person


async def test_correct_ledger_has_no_findings(books: Database) -> None:
    await pay_in(books, Person(), 500)
    before = counted()
    await verify_ledger(books)
    assert counted() == before
    assert await findings(books) == []


async def test_balance_that_differs_from_its_transactions_is_found(books: Database) -> None:
    person = Person()
    await pay_in(books, person, 500)
    await execute(books, "UPDATE user_balances SET balance_cents = 501")
    before = counted()
    await verify_ledger(books)
    assert counted() == before + 1
    assert await findings(books) == [str(person.user_id)]


async def test_missing_balance_is_found_and_restored(
    books: Database,
) -> None:
    await pay_in(books, Person(), 500)
    await execute(books, "DELETE FROM user_balances")
    with pytest.raises(LedgerMismatch):
        await verify_ledger(books, by_hand=True)
    await verify_ledger(books, by_hand=True)
    assert await scalars(books, "SELECT balance_cents FROM user_balances") == [500]


async def test_mismatch_is_reported_once_and_fails_no_run(books: Database, sealed: Person) -> None:
    await execute(books, "UPDATE user_balances SET balance_cents = 701")
    before = counted()
    for _ in range(3):
        await run(books)
    assert counted() == before + 1
    [finding] = await recorded(books, "verify-ledger")
    assert (finding.item, finding.attempts) == (str(sealed.user_id), 1)
    await execute(books, "UPDATE user_balances SET balance_cents = 700")
    await run(books)
    assert await findings(books) == []


@pytest.mark.parametrize(
    "change",
    ["UPDATE billing_transactions SET amount_cents = 1", "DELETE FROM billing_transactions"],
)
async def test_stored_transaction_cannot_be_changed(books: Database, change: str) -> None:
    await pay_in(books, Person(), 500)
    with pytest.raises(DBAPIError, match="append-only"):
        await execute(books, change)


async def test_a_balance_never_goes_below_zero(books: Database) -> None:
    await pay_in(books, Person(), 500)
    with pytest.raises(DBAPIError, match="ck_user_balances_not_negative"):
        await execute(books, "UPDATE user_balances SET balance_cents = -1")
