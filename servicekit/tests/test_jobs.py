"""Jobs run on time, in only one replica at a time, and again after a failure."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.jobs import Job, Scheduler, delete_handled
from servicekit.process import finish
from tests.fixtures.waiting import wait_until

OFTEN = timedelta(seconds=0.02)
DAILY = timedelta(days=1)

moments = st.integers(1_700_000_000_000, 1_900_000_000_000).map(
    lambda milliseconds: datetime.fromtimestamp(milliseconds / 1000, UTC)
)
spans = st.timedeltas(timedelta(milliseconds=1), timedelta(days=40))


async def nothing() -> None:
    """Do nothing, as the work of a job that never fails."""


class Work:
    """A job's work that can be paused. It counts its runs, in total and at the same time."""

    def __init__(self) -> None:
        self.starts = 0
        self.ends = 0
        self.most_at_once = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self) -> None:
        self.starts += 1
        self.most_at_once = max(self.most_at_once, self.starts - self.ends)
        try:
            await asyncio.sleep(0)
            await self.go_on.wait()
        finally:
            self.ends += 1

    def has_ended_more_than(self, times: int) -> bool:
        return self.ends > times


@pytest.fixture(scope="module")
async def url(database_url: str) -> str:
    return database_url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    async with database.system() as connection:
        await connection.execute(text("DELETE FROM job_runs"))
    yield database
    await database.close()


@asynccontextmanager
async def scheduling(database: Database, *jobs: Job) -> AsyncIterator[None]:
    task = asyncio.create_task(Scheduler(database, jobs).run())
    try:
        yield
    finally:
        await finish(task, 5)


@given(now=moments, every=spans)
def test_a_job_that_never_ran_is_due(now: datetime, every: timedelta) -> None:
    assert Job("j", nothing, every).due(None, now)
    assert Job("j", nothing, at=time(3)).due(None, now)


@given(last=moments, every=spans, passed=spans)
def test_a_job_is_due_when_its_interval_has_passed(
    last: datetime, every: timedelta, passed: timedelta
) -> None:
    assert Job("j", nothing, every).due(last, last + passed) == (passed >= every)


@given(last=moments, passed=spans, at=st.times())
def test_a_daily_job_is_due_when_its_time_of_day_has_come_since_its_last_run(
    last: datetime, passed: timedelta, at: time
) -> None:
    now = last + passed
    days = [last.date() + timedelta(days=n) for n in range(passed.days + 2)]
    has_come = any(last < datetime.combine(day, at, tzinfo=UTC) <= now for day in days)
    assert Job("j", nothing, at=at).due(last, now) == has_come


@given(last=moments, at=st.none() | st.times(), every=spans)
def test_a_job_is_not_due_before_its_next_due_time(
    last: datetime, at: time | None, every: timedelta
) -> None:
    job = Job("j", nothing, every, at)
    due_at = job.due_after(last)
    assert last < due_at <= last + (DAILY if at else every)
    assert job.due(last, due_at)
    assert not job.due(last, due_at - timedelta(microseconds=1))


def test_the_pause_of_a_failing_job_grows_up_to_a_limit() -> None:
    hourly, quick = Job("j", nothing, timedelta(hours=1)), Job("j", nothing, OFTEN)
    assert [hourly.pause_after(n).seconds for n in (1, 2, 3, 4, 5, 100)] == [2, 4, 8, 16, 30, 30]
    assert quick.pause_after(100) == OFTEN


async def test_only_one_of_several_schedulers_runs_a_job(url: str) -> None:
    work = Work()
    async with AsyncExitStack() as stack:
        for _ in range(3):
            database = Database(url)
            stack.push_async_callback(database.close)
            await stack.enter_async_context(scheduling(database, Job("shared", work, OFTEN)))
        await wait_until(lambda: work.ends >= 10)
    assert work.most_at_once == 1


async def test_a_job_runs_at_its_interval_and_not_more_often(database: Database) -> None:
    often, rarely = Work(), Work()
    jobs = [Job("often", often, OFTEN), Job("rarely", rarely, timedelta(hours=1))]
    async with scheduling(database, *jobs):
        await wait_until(lambda: often.ends >= 10)
    async with scheduling(database, *jobs):
        await wait_until(lambda: often.ends >= 20)
    assert rarely.ends == 1


async def test_a_job_that_fails_runs_again_and_does_not_stop_other_jobs(database: Database) -> None:
    other, attempts = Work(), 0

    async def fail_twice() -> None:
        nonlocal attempts
        attempts += 1
        if attempts <= 2:
            raise ValueError("not yet")

    jobs = [Job("failing", fail_twice, OFTEN), Job("other", other, OFTEN)]
    async with scheduling(database, *jobs):
        await wait_until(lambda: attempts >= 4)
        await wait_until(lambda: other.ends >= 4)


async def test_an_interrupted_job_runs_again(database: Database) -> None:
    work = Work()
    work.go_on.clear()
    job = Job("cut-off", work, timedelta(hours=1))
    async with scheduling(database, job):
        await wait_until(lambda: work.starts == 1)
    work.go_on.set()
    async with scheduling(database, job):
        await wait_until(lambda: work.ends == 2)


async def test_a_stopped_scheduler_ends_its_jobs_without_an_error(database: Database) -> None:
    work = Work()
    work.go_on.clear()
    jobs = [Job(f"job-{n}", partial(work), OFTEN) for n in range(5)]
    task = asyncio.create_task(Scheduler(database, jobs).run())
    await wait_until(lambda: work.starts == 5)
    await finish(task, 5)
    assert task.cancelled()


async def test_an_operator_can_run_a_job_that_is_not_due(database: Database) -> None:
    work = Work()
    scheduler = Scheduler(database, [Job("by-hand", work, DAILY)])
    assert [await scheduler.run_now("by-hand") for _ in range(2)] == [True, True]
    assert work.ends == 2


async def test_an_operator_cannot_run_a_job_that_is_running(url: str, database: Database) -> None:
    work = Work()
    work.go_on.clear()
    job = Job("busy", work, DAILY)
    elsewhere = Database(url)
    async with scheduling(elsewhere, job):
        await wait_until(lambda: work.starts == 1)
        assert not await Scheduler(database, [job]).run_now("busy")
        work.go_on.set()
        await wait_until(lambda: run_by_hand(database, job))
    await elsewhere.close()


async def run_by_hand(database: Database, job: Job) -> bool:
    return await Scheduler(database, [job]).run_now(job.name)


async def test_the_error_of_a_job_run_by_an_operator_is_raised(database: Database) -> None:
    async def fail() -> None:
        raise ValueError("the books are wrong")

    with pytest.raises(ValueError, match="books are wrong"):
        await Scheduler(database, [Job("failing", fail)]).run_now("failing")


async def test_an_unknown_job_is_refused_with_the_names_of_the_known_ones(
    database: Database,
) -> None:
    with pytest.raises(LookupError, match="there are: one, two"):
        await Scheduler(database, [Job("two", nothing), Job("one", nothing)]).run_now("three")


async def test_a_jobs_lock_is_released_with_its_connection(url: str, database: Database) -> None:
    work = Work()
    work.go_on.clear()
    job = Job("orphaned", work, DAILY)
    dying = Database(url)
    async with scheduling(dying, job):
        await wait_until(lambda: work.starts == 1)
        assert not await lock_is_free(database, job)
        await end_connections_with_locks(database)
        await wait_until(lambda: lock_is_free(database, job))
    await dying.close()


async def test_a_job_that_lost_its_lock_still_finishes(database: Database) -> None:
    job = Job("careless", partial(end_connections_with_locks, database))
    assert await Scheduler(database, [job]).run_now("careless")


async def lock_is_free(database: Database, job: Job) -> bool:
    return await Scheduler(database, [Job(job.name, nothing)]).run_now(job.name)


async def end_connections_with_locks(database: Database) -> None:
    async with database.system() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE classid = 7218"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )


async def test_schedulers_continue_after_their_connections_broke(database: Database) -> None:
    work = Work()
    async with scheduling(database, Job("stubborn", work, OFTEN)):
        for _ in range(3):
            before = work.ends
            await wait_until(partial(work.has_ended_more_than, before))
            await end_connections(database)


async def end_connections(database: Database) -> None:
    async with database.system() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
        )


async def test_waiting_jobs_do_not_use_all_connections(url: str) -> None:
    """There are more jobs than connections. If each waiting job kept one, none could continue."""
    database = Database(url, pool_size=3)
    together = asyncio.Barrier(8)

    async def meet() -> None:
        await together.wait()
        async with database.system() as connection:
            await connection.execute(text("SELECT 1"))

    ended: list[str] = []

    async def note(name: str) -> None:
        await meet()
        ended.append(name)

    jobs: Sequence[Job] = [Job(f"job-{n}", partial(note, f"job-{n}"), DAILY) for n in range(8)]
    async with scheduling(database, *jobs):
        await wait_until(lambda: len(ended) == 8)
    await database.close()


async def test_old_inbox_rows_are_deleted(database: Database) -> None:
    async with database.system() as connection:
        await connection.execute(
            text(
                "INSERT INTO inbox (consumer, message_id, handled_at) VALUES"
                " ('c', 'old', now() - interval '41 days'),"
                " ('c', 'young', now() - interval '39 days')"
            )
        )
    await delete_handled(database, "kit")
    async with database.system() as connection:
        left = (await connection.execute(text("SELECT message_id FROM inbox"))).scalars().all()
    assert left == ["young"]
