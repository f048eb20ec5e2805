"""A job with the condition ``has_work`` runs when there is work, and waits while there is none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import exists, select, text

from servicekit import job_looks, jobs
from servicekit.bus import inbox
from servicekit.db.database import Database
from servicekit.jobs import Job, Scheduler
from servicekit.process import finish
from tests.fixtures.waiting import wait_until

OFTEN = timedelta(seconds=0.02)
HAS_ROWS = text("EXISTS (SELECT FROM inbox WHERE consumer = 'looks')")


class Counting:
    """Counts how often a job ran."""

    def __init__(self) -> None:
        self.runs = 0

    async def __call__(self) -> None:
        self.runs += 1


@pytest.fixture
async def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(job_looks, "_LOOK_SECONDS", 0.02)
    database = Database(database_url)
    async with database.system() as connection:
        for statement in ("DELETE FROM job_runs", "DELETE FROM failing_items", "DELETE FROM inbox"):
            await connection.execute(text(statement))
    yield database
    await database.close()


@asynccontextmanager
async def scheduling(database: Database, *jobs: Job) -> AsyncIterator[None]:
    task = asyncio.create_task(Scheduler(database, jobs).run())
    try:
        yield
    finally:
        await finish(task, 5)


async def execute(database: Database, statement: str) -> None:
    async with database.system() as connection:
        await connection.execute(text(statement))


async def test_a_job_without_work_does_not_run_again_after_its_first_run(
    database: Database,
) -> None:
    resting, steady = Counting(), Counting()
    told = [Job("resting", resting, OFTEN, has_work=HAS_ROWS), Job("steady", steady, OFTEN)]
    async with scheduling(database, *told):
        await wait_until(lambda: steady.runs >= 20)
        assert resting.runs == 1


async def test_a_job_runs_as_soon_as_it_has_work_and_again_while_work_is_left(
    database: Database,
) -> None:
    work, other = Counting(), Counting()
    of_another = exists(select(inbox.inbox).where(inbox.inbox.c.consumer == "another"))
    told = [
        Job("work", work, OFTEN, has_work=HAS_ROWS),
        Job("other", other, OFTEN, has_work=of_another),
    ]
    async with scheduling(database, *told):
        await wait_until(lambda: work.runs == other.runs == 1)
        await execute(database, "INSERT INTO inbox (consumer, message_id) VALUES ('looks', '1')")
        await wait_until(lambda: work.runs >= 4)
        assert other.runs == 1


async def test_a_job_runs_if_a_failed_row_is_due_to_be_tried_again(database: Database) -> None:
    work = Counting()
    async with scheduling(database, Job("work", work, OFTEN, has_work=HAS_ROWS)):
        await wait_until(lambda: work.runs == 1)
        await execute(
            database,
            "INSERT INTO failing_items (job, item, id, cause, next_attempt_at, told)"
            " VALUES ('work', 'x', gen_random_uuid(), 'none', now(), true)",
        )
        await wait_until(lambda: work.runs >= 2)


async def test_a_job_whose_last_run_is_in_the_future_runs(database: Database) -> None:
    """The clock was set back, so the time of the last run does not show whether the job is due."""
    work = Counting()
    async with scheduling(database, Job("work", work, OFTEN, has_work=HAS_ROWS)):
        await wait_until(lambda: work.runs == 1)
        await execute(database, "UPDATE job_runs SET started_at = now() + interval '1 hour'")
        await wait_until(lambda: work.runs >= 2)


async def test_even_a_job_without_work_runs_from_time_to_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_LONGEST_PAUSE", timedelta(seconds=0.1))
    work = Counting()
    async with scheduling(database, Job("work", work, OFTEN, has_work=HAS_ROWS)):
        await wait_until(lambda: work.runs >= 3)


async def test_jobs_run_if_the_check_for_their_work_fails(database: Database) -> None:
    work = Counting()
    broken = text("EXISTS (SELECT FROM there_is_no_such_table)")
    async with scheduling(database, Job("work", work, OFTEN, has_work=broken)):
        await wait_until(lambda: work.runs >= 3)
