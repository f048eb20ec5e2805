"""Jobs are due by the database's clock. After a wrong clock was set back, they run at once."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import TextClause, text

from servicekit import job_looks, jobs
from servicekit.db.database import Database
from servicekit.jobs import Job, Scheduler
from servicekit.process import finish
from tests.fixtures.waiting import wait_until

moments = st.integers(1_700_000_000, 1_900_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
spans = st.timedeltas(timedelta(milliseconds=1), timedelta(days=40))

_SET_AHEAD = """
INSERT INTO job_runs (name, started_at, finished_at)
SELECT name, now() + interval '10 minutes', now() + interval '10 minutes'
FROM unnest(ARRAY['often', 'rare', 'other']) AS name
"""

_LEFT_ALONE = """
INSERT INTO failing_items (job, item, id, cause, next_attempt_at, told)
VALUES ('kit/rare', 'bad', uuidv7(), 'wrong', now() + interval '10 minutes', false)
"""


@given(now=moments, every=spans, ahead=spans)
def test_a_job_whose_last_run_is_in_the_future_is_due(
    now: datetime, every: timedelta, ahead: timedelta
) -> None:
    assert Job("j", nothing, every).due(now + ahead, now)
    assert Job("j", nothing, at=clock_time(3)).due(now + ahead, now)


async def nothing() -> None:
    """Do nothing, as the work of a job that never fails."""


class Work:
    """A job's work that counts its runs."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.system() as connection:
        await connection.execute(text("DELETE FROM job_runs"))
        await connection.execute(text("DELETE FROM failing_items"))
    yield database
    await database.close()


@asynccontextmanager
async def scheduling(database: Database, *jobs: Job, make_due: TextClause) -> AsyncIterator[None]:
    task = asyncio.create_task(Scheduler(database, jobs, [make_due]).run())
    try:
        yield
    finally:
        await finish(task, 5)


async def test_jobs_are_due_at_once_after_the_databases_clock_was_set_back(
    database: Database,
) -> None:
    """Other work that the wrong clock had deferred becomes due at once as well."""
    often, rare = Work(), Work()
    both = [Job("often", often, timedelta(seconds=1)), Job("rare", rare, timedelta(hours=1))]
    async with database.system() as connection:
        await connection.execute(text(_SET_AHEAD))
        await connection.execute(text(_LEFT_ALONE))
    make_due = text("UPDATE job_runs SET finished_at = 'epoch' WHERE name = 'other'")
    async with scheduling(database, *both, make_due=make_due):
        await wait_until(lambda: often.times >= 2)
        await wait_until(lambda: rare.times == 1)
    async with database.system() as connection:
        runs = "SELECT name FROM job_runs WHERE started_at > now() OR finished_at = 'epoch'"
        assert (await connection.execute(text(runs))).scalars().all() == ["other"]
        assert not await connection.scalar(text("SELECT count(*) FROM left_alone"))


async def test_deferred_work_is_made_due_several_times_after_the_clock_was_set_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction may still defer work by the wrong time, and commit later."""
    monkeypatch.setattr(jobs, "_SETTLES_SECONDS", (0.05,) * 3)
    async with database.system() as connection:
        await connection.execute(text(_SET_AHEAD))
    count = text("UPDATE job_runs SET finished_at = finished_at + interval '1 hour'")
    passes = text(
        "SELECT finished_at > now() + interval '3.5 hours' FROM job_runs WHERE name='other'"
    )

    async def are_many() -> bool:
        async with database.system() as connection:
            return bool(await connection.scalar(passes))

    async with scheduling(database, Job("rare", Work(), timedelta(hours=1)), make_due=count):
        await wait_until(are_many)


@pytest.mark.parametrize("ahead", [-600, 600])
async def test_the_databases_clock_and_not_that_of_the_process_decides_when_a_job_is_due(
    database: Database, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    work, right = Work(), time.time
    monkeypatch.setattr(time, "time", lambda: right() + ahead)
    nothing = text("SELECT 1")
    async with scheduling(database, Job("steady", work, timedelta(seconds=0.02)), make_due=nothing):
        await wait_until(lambda: work.times >= 3)
    async with database.system() as connection:
        age = await connection.scalar(text("SELECT now() - started_at FROM job_runs"))
    assert timedelta() <= age < timedelta(minutes=1)


async def test_a_clock_that_was_set_back_is_noticed_even_if_no_job_ran_by_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs without work rarely run, but the database's clock is read every second."""
    monkeypatch.setattr(job_looks, "_LOOK_SECONDS", 0.02)
    pace = 1.0
    monkeypatch.setattr(job_looks, "monotonic", lambda: time.monotonic() * pace)
    work = Work()
    resting = Job("resting", work, timedelta(seconds=0.02), has_work=text("false"))
    make_due = text("UPDATE job_runs SET finished_at = 'epoch' WHERE name = 'resting'")

    async def was_made_due() -> bool:
        async with database.system() as connection:
            query = text("SELECT finished_at = 'epoch' FROM job_runs WHERE name = 'resting'")
            return bool(await connection.scalar(query))

    async with scheduling(database, resting, make_due=make_due):
        await wait_until(lambda: work.times == 1)
        assert not await was_made_due()
        # Hours pass between two looks, but not by the database's clock.
        pace = 1e6
        await wait_until(was_made_due)
