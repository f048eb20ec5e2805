"""Balances are checked against their transactions, and a mismatch is reported once."""

import pytest
from sqlalchemy.exc import DBAPIError

from servicekit.db.database import Database
from services.billing.jobs.verify_ledger import verify_ledger
from services.billing.tests.money import pay_in
from services.billing.tests.tampering import execute, findings, mismatch_count, run_job, scalars
from services.billing.usecases.check_ledger import LedgerMismatch
from tests.fixtures.poison import recorded
from tests.fixtures.running import Person


async def test_in_a_correct_ledger_nothing_wrong_is_reported(ledger_db: Database) -> None:
    await pay_in(ledger_db, Person(), 500)
    before = mismatch_count()
    await verify_ledger(ledger_db)
    assert mismatch_count() == before
    assert await findings(ledger_db) == []


async def test_a_balance_that_differs_from_its_transactions_is_reported(
    ledger_db: Database,
) -> None:
    person = Person()
    await pay_in(ledger_db, person, 500)
    await execute(ledger_db, "UPDATE user_balances SET balance_cents = 501")
    before = mismatch_count()
    await verify_ledger(ledger_db)
    assert mismatch_count() == before + 1
    assert await findings(ledger_db) == [str(person.user_id)]


async def test_a_missing_balance_is_reported_and_restored(ledger_db: Database) -> None:
    await pay_in(ledger_db, Person(), 500)
    await execute(ledger_db, "DELETE FROM user_balances")
    with pytest.raises(LedgerMismatch):
        await verify_ledger(ledger_db, by_hand=True)
    await verify_ledger(ledger_db, by_hand=True)
    assert await scalars(ledger_db, "SELECT balance_cents FROM user_balances") == [500]


async def test_a_wrong_balance_is_reported_once_and_does_not_stop_the_job(
    ledger_db: Database, sealed: Person
) -> None:
    await execute(ledger_db, "UPDATE user_balances SET balance_cents = 701")
    before = mismatch_count()
    for _ in range(3):
        await run_job(ledger_db)
    assert mismatch_count() == before + 1
    [finding] = await recorded(ledger_db, "verify-ledger")
    assert (finding.item, finding.attempts) == (str(sealed.user_id), 1)
    await execute(ledger_db, "UPDATE user_balances SET balance_cents = 700")
    await run_job(ledger_db)
    assert await findings(ledger_db) == []


@pytest.mark.parametrize(
    "change",
    ["UPDATE billing_transactions SET amount_cents = 1", "DELETE FROM billing_transactions"],
)
async def test_a_stored_transaction_cannot_be_changed(ledger_db: Database, change: str) -> None:
    await pay_in(ledger_db, Person(), 500)
    with pytest.raises(DBAPIError, match="append-only"):
        await execute(ledger_db, change)


async def test_a_balance_never_goes_below_zero(ledger_db: Database) -> None:
    await pay_in(ledger_db, Person(), 500)
    with pytest.raises(DBAPIError, match="ck_user_balances_not_negative"):
        await execute(ledger_db, "UPDATE user_balances SET balance_cents = -1")
