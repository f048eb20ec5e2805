"""Waiting rows and the jobs of a service are measured for Prometheus."""

import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.jobs import Job
from servicekit.measurements import Measurements
from servicekit.migrations import head


async def nothing() -> None:
    """Do nothing, as the work of a job."""


SLOW = Job("slow", nothing, every=timedelta(hours=1))
ON_WORK = Job("on-work", nothing, every=timedelta(seconds=1), has_work=text("true"))


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"smsblaster_{name}", {"service": "toy", **labels})


@pytest.fixture
async def database(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = Database(migrated_database("contacts"))
    yield database
    await database.close()


async def measure(database: Database) -> None:
    await Measurements(database, "toy", [SLOW, ON_WORK], ()).measure()


async def execute(database: Database, statement: str) -> None:
    async with database.system() as connection:
        await connection.execute(text(statement))


async def test_unpublished_events_are_counted_with_the_age_of_the_oldest(
    database: Database,
) -> None:
    await measure(database)
    assert (gauge("outbox_events"), gauge("outbox_oldest_seconds")) == (0, 0)
    await execute(
        database,
        "INSERT INTO outbox (subject, payload, created_at, published_at) VALUES"
        " ('event.a', '', now() - interval '90 seconds', NULL), ('event.a', '', now(), NULL),"
        " ('event.a', '', now() - interval '1 day', now())",
    )
    await measure(database)
    assert gauge("outbox_events") == 2
    assert 90 <= (gauge("outbox_oldest_seconds") or 0) < 300


async def test_the_last_success_and_the_duration_of_jobs_are_known_after_a_restart(
    database: Database,
) -> None:
    await execute(
        database,
        "INSERT INTO job_runs (name, started_at, finished_at) VALUES"
        " ('slow', now() - interval '70 seconds', now() - interval '60 seconds'),"
        " ('of-an-earlier-release', now(), now())",
    )
    await measure(database)
    ago = time.time() - (gauge("job_last_success_timestamp_seconds", job_name="slow") or 0)
    assert 55 <= ago < 300
    assert gauge("job_last_duration_seconds", job_name="slow") == pytest.approx(10)
    earlier = gauge("job_last_success_timestamp_seconds", job_name="of-an-earlier-release")
    assert earlier is None


async def test_the_exported_interval_of_a_job_is_the_longest_pause_between_its_runs(
    database: Database,
) -> None:
    await measure(database)
    assert gauge("job_interval_seconds", job_name="slow") == 3600
    assert gauge("job_interval_seconds", job_name="on-work") == 30


async def test_failing_items_are_counted_until_they_succeed(database: Database) -> None:
    await measure(database)
    assert gauge("failing_items", job_name="slow") == 0
    await execute(
        database,
        "INSERT INTO failing_items (id, job, item, cause, attempts, next_attempt_at, told)"
        " SELECT uuidv7(), 'slow', item, 'E', 1, now(), true"
        " FROM unnest(ARRAY['one', 'two']) AS item",
    )
    await measure(database)
    assert gauge("failing_items", job_name="slow") == 2
    await execute(database, "DELETE FROM failing_items")
    await measure(database)
    assert gauge("failing_items", job_name="slow") == 0


async def test_the_schema_version_and_the_time_of_the_measurement_are_exported(
    database: Database,
) -> None:
    await measure(database)
    assert gauge("schema_version") == int(head("contacts"))
    assert time.time() - (gauge("measured_timestamp_seconds") or 0) < 60


async def test_a_failed_measurement_keeps_the_time_of_the_last_one(
    database: Database,
) -> None:
    await measure(database)
    before = gauge("measured_timestamp_seconds")

    async def broken(_: AsyncConnection) -> None:
        raise RuntimeError("of this test")

    with pytest.raises(RuntimeError):
        await Measurements(database, "toy", [], [broken]).measure()
    assert gauge("measured_timestamp_seconds") == before
