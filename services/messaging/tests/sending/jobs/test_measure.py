"""Messages that wait are measured by state, with the age of the oldest."""

import json
from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.modes import org_in_test_mode
from services.messaging.sending.jobs.measure import measure_messages, measure_overdue
from services.messaging.sending.storage import waiting
from tests.fixtures.databases import analyze, as_owner

_MESSAGES = text("""
INSERT INTO sms_messages (id, org_id, contact_id, to_number, body, direction, status, segments,
  price_cents, charged, refund_due, next_step_at, attempted_at)
SELECT uuidv7(), :org_id, uuidv7(), '+14155550142', 'Hello', 'out', :status, 1, 1, true,
  :refund_due, CAST(:due AS timestamptz), now() - interval '5 minutes'
FROM generate_series(1, :count)
""")


@pytest.fixture
async def database(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    """Make a database without any service."""
    database = Database(migrated_database("messaging"))
    async with as_owner(database) as owner, owner.system() as connection:
        await connection.execute(text("TRUNCATE sms_messages CASCADE"))
    yield database
    await database.close()


async def store(
    database: Database, org_id: UUID, due: str, status: str = "pending", count: int = 1
) -> None:
    async with database.system() as connection:
        at = await connection.scalar(text(f"SELECT CAST(({due}) AS text)"))
        values = {"org_id": org_id, "status": status, "due": at, "count": count}
        await connection.execute(_MESSAGES, {**values, "refund_due": status == "failed"})


async def measure(database: Database) -> None:
    async with database.system() as connection:
        await measure_messages(connection)
        await measure_overdue(connection)


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"smsblaster_{name}", labels)


async def test_messages_are_counted_by_state(database: Database) -> None:
    org_id = uuid4()
    await store(database, org_id, "now() - interval '2 minutes'", count=3)
    await store(database, org_id, "now() + interval '1 hour'", count=2)
    await store(database, org_id, "timestamptz 'infinity'")
    await store(database, org_id, "now()", "unknown", count=4)
    await store(database, org_id, "now()", "failed")
    await measure(database)
    found = {
        state: gauge("messages_waiting", state=state)
        for state in ("due", "deferred", "held", "unknown", "refund")
    }
    assert found == {"due": 3, "deferred": 2, "held": 1, "unknown": 4, "refund": 1}
    assert 120 <= (gauge("messages_oldest_seconds", state="due") or 0) < 300
    assert 300 <= (gauge("messages_oldest_seconds", state="unknown") or 0) < 600


async def test_many_messages_of_one_state_do_not_hide_those_of_another(database: Database) -> None:
    first, second = sorted((uuid4(), uuid4()))
    await store(database, first, "timestamptz 'infinity'", count=8)
    await store(database, first, "now() - interval '1 minute'", count=2)
    await store(database, second, "now() - interval '1 minute'", count=1)
    await store(database, second, "now() + interval '1 hour'", count=9)
    async with database.system() as connection:
        found = await waiting.pending(connection, most=5)
    assert found == {"due": 3, "deferred": 5, "held": 5}


async def test_an_organisation_that_sends_at_its_full_rate_does_not_count_as_idle(
    database: Database,
) -> None:
    busy, stuck, new = uuid4(), uuid4(), uuid4()
    for org_id in (busy, stuck, new):
        await store(database, org_id, "now() - interval '1 hour'")
    async with database.system() as connection:
        for org_id, seconds in ((busy, 1), (stuck, 1200)):
            turn = text(
                "INSERT INTO send_limits (org_id, segments_per_second, tokens, refilled_at)"
                " VALUES (:id, 10, 0, now() - make_interval(secs => :seconds))"
            )
            await connection.execute(turn, {"id": org_id, "seconds": seconds})
    await measure(database)
    found = [gauge("organisation_idle_seconds", org_id=str(o)) for o in (busy, stuck, new)]
    assert found == [pytest.approx(seconds, abs=60) for seconds in (1, 1200, 3600)]
    assert gauge("organisation_due_seconds", org_id=str(busy)) == pytest.approx(3600, abs=60)


async def test_only_organisations_with_overdue_messages_are_listed(database: Database) -> None:
    late, on_time = uuid4(), uuid4()
    await store(database, late, "now() - interval '2 minutes'")
    await store(database, on_time, "now() - interval '2 seconds'")
    await measure(database)
    assert 120 <= (gauge("organisation_due_seconds", org_id=str(late)) or 0) < 300
    assert gauge("organisation_due_seconds", org_id=str(on_time)) is None
    async with database.system() as connection:
        await connection.execute(text("DELETE FROM sms_messages"))
    await measure(database)
    assert gauge("organisation_due_seconds", org_id=str(late)) is None
    assert gauge("messages_oldest_seconds", state="due") == 0


async def test_messages_of_test_organisations_are_not_measured(database: Database) -> None:
    org_id = org_in_test_mode(uuid4())
    await store(database, org_id, "now() - interval '2 minutes'")
    await store(database, org_id, "now()", "unknown")
    await measure(database)
    for state in ("due", "unknown"):
        assert gauge("messages_waiting", state=state) == 0
        assert gauge("messages_oldest_seconds", state=state) == 0
    assert gauge("organisation_due_seconds", org_id=str(org_id)) is None


async def test_measuring_reads_indexes_and_not_every_message(database: Database) -> None:
    org_id = uuid4()
    await store(database, org_id, "now()", "delivered", count=20_000)
    await store(database, org_id, "now() - interval '2 minutes'", count=20)
    await store(database, org_id, "now()", "unknown", count=20)
    await analyze(database, "sms_messages")
    async with database.system() as connection:
        for statement in (waiting.PENDING, waiting.UNKNOWN, waiting.REFUNDS, waiting.OLDEST_DUE):
            explain = text(f"EXPLAIN (FORMAT JSON) {statement.text}")
            values = {"most": 10_000} if ":most" in statement.text else {"worst": 10}
            plan = json.dumps((await connection.execute(explain, values)).scalar_one())
            assert "Seq Scan" not in plan, plan
