"""Organisations with due messages are found without reading all of their messages."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from services.messaging.sending.storage import due
from tests.fixtures.databases import analyze

_WAITING = text("""
INSERT INTO sms_messages (id, org_id, campaign_id, contact_id, to_number, body, direction, status,
  segments, price_cents, charged, next_step_at)
SELECT uuidv7(), :org_id, :campaign_id, uuidv7(), '+14155550142', 'Hello', 'out', 'pending', 1, 1,
  :charged, now() + make_interval(secs => :seconds)
FROM generate_series(1, :count)
""")
_HOLD = text("INSERT INTO campaign_counts (campaign_id, org_id, held) VALUES (:id, :org_id, true)")


@pytest.fixture
async def database(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    """Return a database that no service uses."""
    database = Database(migrated_database("messaging"))
    yield database
    await database.close()


async def store(
    database: Database,
    org_id: UUID,
    seconds: float,
    count: int = 1,
    campaign_id: UUID | None = None,
    charged: bool = True,
) -> None:
    async with database.system() as connection:
        values = {
            "org_id": org_id,
            "seconds": seconds,
            "count": count,
            "campaign_id": campaign_id,
            "charged": charged,
        }
        await connection.execute(_WAITING, values)


async def hold(database: Database, org_id: UUID) -> UUID:
    """Store a campaign that is held."""
    campaign_id = uuid4()
    async with database.system() as connection:
        await connection.execute(_HOLD, {"id": campaign_id, "org_id": org_id})
    return campaign_id


async def found(database: Database) -> set[UUID]:
    async with database.system() as connection:
        organisations = await due.organisations(connection)
    assert len(organisations) == len(set(organisations))
    return set(organisations)


async def test_organisations_with_overdue_messages_are_found(database: Database) -> None:
    assert await found(database) == set()
    late, many, early, held, partly, free = (uuid4() for _ in range(6))
    await store(database, late, -10)
    await store(database, many, -10, count=3)
    await store(database, early, 60)
    await store(database, held, -10, campaign_id=await hold(database, held))
    await store(database, partly, -20, campaign_id=await hold(database, partly))
    await store(database, partly, -10)
    await store(database, free, -10, charged=False)
    assert await found(database) == {late, many, partly}


def scans(plan: Mapping[str, Any]) -> Iterator[float]:
    """Return how many rows each scan of the messages table reads, according to the plan."""
    if plan.get("Relation Name") == "sms_messages":
        removed = plan.get("Rows Removed by Filter", 0)
        yield (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    for part in plan.get("Plans", ()):
        yield from scans(part)


async def test_finding_due_organisations_does_not_read_all_their_messages(
    database: Database,
) -> None:
    late, early = uuid4(), uuid4()
    await store(database, late, -10, count=10_000)
    await store(database, early, 3600, count=10_000)
    await analyze(database, "sms_messages")
    async with database.system() as connection:
        # The query runs as the service's role and in its scope, so the plan includes row security.
        answer = await connection.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {due.DUE.text}"))
        [plan] = json.loads(json.dumps(answer.scalar_one()))
    assert sum(scans(plan["Plan"])) < 20
    assert await found(database) == {late}
