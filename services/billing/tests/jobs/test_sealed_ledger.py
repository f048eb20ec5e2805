"""A changed sealed transaction is found, although each run reads mostly new transactions."""

from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.billing.domain.ledger import Charge, Movement
from services.billing.storage import ledger
from services.billing.tests.money import account_of, ledger_sum, pay_in
from services.billing.tests.tampering import (
    age_checks_by_a_day,
    execute,
    execute_as_owner,
    findings,
    mismatch_count,
    run_job,
    scalars,
    tamper,
)
from services.billing.usecases.check_ledger import LedgerMismatch
from tests.fixtures.poison import recorded
from tests.fixtures.running import Person


async def test_an_edited_sealed_transaction_is_found_within_a_day(
    ledger_db: Database, sealed: Person
) -> None:
    [first, *_] = await scalars(ledger_db, "SELECT id FROM billing_transactions ORDER BY id")
    await tamper(
        ledger_db, "UPDATE billing_transactions SET description = 'x' WHERE id = :id", id=first
    )
    await run_job(ledger_db)
    assert await findings(ledger_db) == []  # its block was checked a moment ago
    await age_checks_by_a_day(ledger_db)
    before = mismatch_count()
    for _ in range(2):
        await run_job(ledger_db)
    [finding] = await recorded(ledger_db, "verify-ledger")
    assert finding.item == f"{sealed.user_id}:{UUID(int=0)}"
    assert finding.org_id == str(sealed.org_id)
    assert f"transactions of user {sealed.user_id} from" in finding.cause
    assert mismatch_count() == before + 1
    with pytest.raises(LedgerMismatch):
        await run_job(ledger_db, by_hand=True)


async def test_an_amount_that_was_edited_together_with_the_balance_is_found_at_once(
    ledger_db: Database, sealed: Person
) -> None:
    await tamper(
        ledger_db,
        "UPDATE billing_transactions SET amount_cents = 900"
        " WHERE id = (SELECT id FROM billing_transactions ORDER BY id DESC LIMIT 1)",
        "UPDATE user_balances SET balance_cents = 1500",
    )
    await run_job(ledger_db)
    assert await findings(ledger_db) == [str(sealed.user_id)]


async def test_a_deleted_sealed_transaction_is_found_at_once(
    ledger_db: Database, sealed: Person
) -> None:
    await tamper(
        ledger_db,
        "DELETE FROM billing_transactions"
        " WHERE id = (SELECT id FROM billing_transactions ORDER BY id DESC LIMIT 1)",
        "UPDATE user_balances SET balance_cents = 600",
    )
    await run_job(ledger_db)
    assert await findings(ledger_db) == [str(sealed.user_id)]
    await age_checks_by_a_day(ledger_db)
    await run_job(ledger_db)
    assert len(await findings(ledger_db)) == 2  # the balance and the block of the row


@pytest.mark.parametrize("change", ["amount_cents = 900", "user_id = uuidv7()"])
async def test_a_transaction_changed_before_sealing_is_found_at_once(
    ledger_db: Database, sealed: Person, change: str
) -> None:
    await pay_in(ledger_db, sealed, 100)
    await tamper(
        ledger_db,
        f"UPDATE billing_transactions SET {change}"  # noqa: S608 (the test's own words)
        " WHERE id = (SELECT id FROM billing_transactions ORDER BY id DESC LIMIT 1)",
    )
    await run_job(ledger_db)
    assert any(":" in item for item in await findings(ledger_db))


async def test_a_transaction_that_was_inserted_without_triggers_is_reported(
    ledger_db: Database, sealed: Person
) -> None:
    await tamper(
        ledger_db,
        "ALTER TABLE billing_transactions DISABLE TRIGGER tr_billing_transactions_unsealed",
        "INSERT INTO billing_transactions SELECT uuidv7(), org_id, user_id, type, amount_cents,"
        " source, 'slipped-in', description FROM billing_transactions LIMIT 1",
        "ALTER TABLE billing_transactions ENABLE TRIGGER tr_billing_transactions_unsealed",
        "UPDATE user_balances SET balance_cents = 800",
    )
    await run_job(ledger_db)
    assert await findings(ledger_db) == [str(sealed.user_id)]


async def test_the_report_of_an_edited_transaction_ends_when_the_transaction_is_corrected(
    ledger_db: Database, sealed: Person
) -> None:
    change = (
        "UPDATE billing_transactions SET amount_cents = :cents"
        " WHERE id = (SELECT id FROM billing_transactions ORDER BY id LIMIT 1)"
    )
    await tamper(ledger_db, change, cents=99)
    await age_checks_by_a_day(ledger_db)
    await run_job(ledger_db)
    assert len(await findings(ledger_db)) == 1
    await tamper(ledger_db, change, cents=100)
    await run_job(ledger_db)
    assert await findings(ledger_db) == []


async def test_new_transactions_are_sealed_and_nothing_wrong_is_reported(
    ledger_db: Database, sealed: Person
) -> None:
    async with ledger_db.org(sealed.org_id) as connection:
        charges = [Charge(new_id(), 5) for _ in range(10)]
        await ledger.charge(connection, account_of(sealed), charges)
        await ledger.refund(connection, sealed.org_id, [charges[0].message_id])
    await run_job(ledger_db)
    await age_checks_by_a_day(ledger_db)
    await run_job(ledger_db, by_hand=True)
    assert await findings(ledger_db) == []
    assert await scalars(ledger_db, "SELECT cents FROM account_seals") == [655]
    assert sum(await scalars(ledger_db, "SELECT entries FROM seal_blocks")) == 18


async def test_a_transaction_that_commits_late_is_sealed(
    ledger_db: Database, sealed: Person
) -> None:
    late = Person()
    movement = Movement(account_of(late), 10, "admin_adjust", str(uuid4()), "Late")
    async with ledger_db.org(late.org_id) as connection:
        await ledger.credit(connection, movement)  # its id is smaller than the next ones
        await pay_in(ledger_db, sealed, 100)
        await run_job(ledger_db)
    assert await findings(ledger_db) == []
    await run_job(ledger_db)
    # An id that is smaller than those of the account's sealed transactions.
    await execute(
        ledger_db,
        "INSERT INTO billing_transactions (id, org_id, user_id, type, amount_cents, source,"
        " external_id, description) VALUES ('01000000-0000-7000-8000-000000000000', :org_id,"
        " :user_id, 'credit', 100, 'admin_adjust', 'early', 'Early')",
        "UPDATE user_balances SET balance_cents = balance_cents + 100 WHERE user_id = :user_id",
        org_id=sealed.org_id,
        user_id=sealed.user_id,
    )
    await run_job(ledger_db)
    await age_checks_by_a_day(ledger_db)
    await run_job(ledger_db, by_hand=True)
    assert await findings(ledger_db) == []
    assert await scalars(ledger_db, "SELECT id FROM unsealed_transactions") == []
    assert sum(await scalars(ledger_db, "SELECT entries FROM seal_blocks")) == 10


async def test_transactions_from_before_there_were_seals_are_sealed_in_batches(
    ledger_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [Person(), Person()]
    for person in people * 7:
        await pay_in(ledger_db, person, 100)
    await execute(ledger_db, "DELETE FROM unsealed_transactions")  # the state after the migration
    monkeypatch.setattr("services.billing.usecases.seal_ledger._BATCH", 4)
    monkeypatch.setattr("services.billing.usecases.seal_ledger._SEALING_SECONDS", 0)
    for _ in range(10):
        await run_job(ledger_db)
        await pay_in(ledger_db, people[0], 1)
    await run_job(ledger_db)
    await age_checks_by_a_day(ledger_db)
    await run_job(ledger_db, by_hand=True)
    assert await findings(ledger_db) == []
    assert sorted(await scalars(ledger_db, "SELECT cents FROM account_seals")) == [700, 710]


async def test_the_ledger_job_reads_only_new_transactions(
    ledger_db: Database, sealed: Person
) -> None:
    # Reading a sealed transaction raises an error.
    await execute_as_owner(
        ledger_db,
        "ALTER VIEW ledger_entries RENAME TO all_entries",
        "CREATE FUNCTION must_be_new(id uuid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN"
        " IF NOT EXISTS (SELECT FROM unsealed_transactions AS fresh WHERE fresh.id = $1)"
        " THEN RAISE EXCEPTION 'a sealed transaction was read'; END IF; RETURN true; END $$",
        "CREATE VIEW ledger_entries WITH (security_invoker = true) AS"
        " SELECT * FROM all_entries WHERE must_be_new(id)",
    )
    await pay_in(ledger_db, sealed, 100)
    await run_job(ledger_db)
    assert await findings(ledger_db) == []
    assert await scalars(ledger_db, "SELECT id FROM unsealed_transactions") == []
    await age_checks_by_a_day(ledger_db)
    with pytest.raises(DBAPIError, match="a sealed transaction was read"):
        await run_job(ledger_db)


async def test_each_run_of_the_ledger_job_verifies_a_few_sealed_blocks_again(
    ledger_db: Database,
) -> None:
    for _ in range(40):
        await pay_in(ledger_db, Person(), 1)
    await run_job(ledger_db)
    await age_checks_by_a_day(ledger_db)
    await run_job(ledger_db)
    recent = "SELECT count(*) FROM seal_blocks WHERE checked_at > now() - interval '1 hour'"
    assert await scalars(ledger_db, recent) == [10]
    for _ in range(3):
        await run_job(ledger_db)
    assert await scalars(ledger_db, recent) == [40]


STEPS = st.lists(
    st.tuples(st.sampled_from(["pay", "charge", "refund", "run", "pass", "hand"]), st.booleans()),
    max_size=25,
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
async def test_the_ledger_job_reports_no_error_after_any_order_of_charges_and_runs(
    ledger_db: Database, steps: list[tuple[str, bool]]
) -> None:
    people = (Person(), Person())
    charged: list[tuple[Person, UUID]] = []
    for step, which in steps:
        person = people[which]
        if step == "pay":
            await pay_in(ledger_db, person, 7)
        elif step == "charge":
            charges = [Charge(new_id(), 2) for _ in range(4)]
            async with ledger_db.org(person.org_id) as connection:
                done = await ledger.charge(connection, account_of(person), charges)
            charged += [(person, message_id) for message_id in done]
        elif step == "refund" and charged:
            payer, message_id = charged.pop()
            async with ledger_db.org(payer.org_id) as connection:
                await ledger.refund(connection, payer.org_id, [message_id])
        elif step == "pass":
            await age_checks_by_a_day(ledger_db)
        else:
            await run_job(ledger_db, by_hand=step == "hand")
    await run_job(ledger_db, by_hand=True)
    assert await findings(ledger_db) == []
    for person in people:
        seals = "SELECT coalesce(sum(cents), 0) FROM account_seals WHERE user_id = :user_id"
        async with ledger_db.system() as connection:
            cents = await connection.scalar(text(seals), {"user_id": person.user_id})
        assert cents == await ledger_sum(ledger_db, person)
