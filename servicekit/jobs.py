"""Run jobs on a schedule, each by one replica at a time.

The database says when a job is due. A process that gets the job's lock and finds the job due runs
it. A job must be idempotent: after a crash it runs again.

The only clock is the database's. If it shows an earlier time than before, or if a job's last run is
in the future, this clock was set back. Then the job is due, and so are all rows that the service
had deferred by the wrong clock.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.exc import SQLAlchemyError

from servicekit import failing_items
from servicekit.bus import inbox
from servicekit.db.database import Database
from servicekit.db.kinds import JOBS, working_as
from servicekit.db.limits import JOB, working_within
from servicekit.db.old_rows import DeleteOld
from servicekit.failing_items import Item, JobName
from servicekit.isolation import is_away, may_pass
from servicekit.job_locks import JobLocks
from servicekit.job_looks import SET_BACK, Condition, JobLooks
from servicekit.process import raise_if_cancelled
from servicekit.telemetry import clocks
from servicekit.telemetry.tracing import span, tracing

log = structlog.get_logger()

DDL = """
CREATE TABLE job_runs (
  name text CONSTRAINT pk_job_runs PRIMARY KEY,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL
);
"""
"""SQL for a service's first migration: creates the table of the last run of each job."""

_LAST_START = text("""
SELECT (SELECT started_at FROM job_runs WHERE name = :name) AS last, clock_timestamp() AS now,
  EXISTS (SELECT FROM failing_items WHERE job = :jobs AND item = :name) AS failed
""")

_NOTE_RUN = text("""
INSERT INTO job_runs (name, started_at, finished_at)
VALUES (:name, :started_at, clock_timestamp())
ON CONFLICT (name)
DO UPDATE SET started_at = excluded.started_at, finished_at = excluded.finished_at
RETURNING finished_at
""")

# Pauses. A transaction that began before the clock was set back may still defer rows by the wrong
# time. Most end within seconds, but not on a busy machine.
_SETTLES_SECONDS = (5.0, 30.0)
_SHORT_PAUSE = timedelta(seconds=0.5)
_LONGEST_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to run at the interval ``every``, or every day at the time ``at`` (UTC) if given.

    With ``has_work`` the job runs only if this condition is true, and every 30 seconds in any case.
    The condition must be true whenever the job has something to do.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    every: timedelta = timedelta(days=1)
    at: time | None = None
    has_work: Condition | None = None

    def due(self, last: datetime | None, now: datetime) -> bool:
        """Tell whether the job is due at ``now`` if it last started at ``last``."""
        return last is None or last > now or now >= self.due_after(last)

    def due_after(self, last: datetime) -> datetime:
        """Return the time at which the job is due again after a start at ``last``."""
        if self.at is None:
            return last + self.every
        same_day = datetime.combine(last.astimezone(UTC), self.at, tzinfo=UTC)
        return same_day if same_day > last else same_day + timedelta(days=1)

    def longest_interval(self) -> timedelta:
        """Return the longest time between two starts of the job while nothing fails."""
        return self.every if self.has_work is None else max(self.every, _LONGEST_PAUSE)

    def pause_after(self, failures: int) -> timedelta:
        """Return the pause before the next run after ``failures`` failures in a row."""
        return min(timedelta(seconds=2 ** min(failures, 5)), self.every, _LONGEST_PAUSE)


class Scheduler:
    """Runs jobs when they are due, each in a task of its own.

    ``make_due``: SQL statements that run after the clock was set back. These statements make rows
    due that would otherwise wait for too long.
    """

    def __init__(
        self,
        database: Database,
        jobs: Sequence[Job],
        make_due: Sequence[TextClause] = (),
        service: str = "kit",
    ) -> None:
        self._database = database
        self._name = JobName(service, "jobs")
        self._jobs = jobs
        self._make_due = make_due
        self._was_set_back = asyncio.Event()
        self._locks = JobLocks(database)
        work = {job.name: job.has_work for job in jobs if job.has_work is not None}
        self._looks = JobLooks(database, work, self._after_set_back)
        for name in (self._name.job, *(job.name for job in jobs)):
            failing_items.count_from_zero(name)

    async def run(self) -> None:
        """Run each job whenever it is due, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look_for_work())
                group.create_task(self._make_due_again())
                for job in self._jobs:
                    group.create_task(self._run_when_due(job))
        finally:
            await self._locks.close()

    async def run_now(self, name: str) -> bool:
        """Run the job ``name`` now, even if it is not due. Returns False if it is already running.

        Raises ``LookupError`` for an unknown name, and any error of the job.
        """
        job = next((job for job in self._jobs if job.name == name), None)
        if job is None:
            known = ", ".join(sorted(job.name for job in self._jobs))
            raise LookupError(f"no job {name!r}; there are: {known}")
        try:
            with tracing():
                async with self._locks.hold(job.name) as held:
                    if held:
                        await self._run(job, await self._last_start(job))
                    return held
        finally:
            await self._locks.close()

    async def _look_for_work(self) -> None:
        with working_as(JOBS):
            await self._looks.run()

    async def _run_when_due(self, job: Job) -> None:
        with working_as(JOBS):
            await self._run_for_ever(job)

    async def _run_for_ever(self, job: Job) -> None:
        failures = 0
        while True:
            with tracing():
                pause, failures = await self._attempt(job, failures)
            raise_if_cancelled()
            await asyncio.sleep(pause.total_seconds())
            if job.has_work is not None and failures == 0:
                await self._looks.wait(job.name, _LONGEST_PAUSE.total_seconds())

    async def _attempt(self, job: Job, failures: int) -> tuple[timedelta, int]:
        """Run ``job`` if it is due; return the time to wait, and the failures in a row so far."""
        try:
            return await self._try(job), 0
        except Exception as error:  # noqa: BLE001 (whatever a job raises, it runs again)
            if is_away(error):
                log.warning("job_waits", job=job.name, error=repr(error))
                return min(_SHORT_PAUSE, job.every), failures
            failures += 1
            await self._failed(job, failures, error)
            return job.pause_after(failures), failures

    async def _try(self, job: Job) -> timedelta:
        """Run ``job`` if it is due and no other process runs it; return the time to wait.

        If another process runs the job meanwhile, the job becomes due later than this time, never
        earlier.
        """
        async with self._locks.hold(job.name) as held:
            if not held:
                return min(_SHORT_PAUSE, job.every)
            found = await self._last_start(job)
            last, now = found.last, found.now
            if last and last - now > SET_BACK:
                await self._after_set_back(last - now)
            if last is None or job.due(last, now):
                last, now = found.now, await self._run(job, found)
        return min(max(job.due_after(last) - now, timedelta()), _LONGEST_PAUSE)

    async def _after_set_back(self, by: timedelta) -> None:
        log.warning("clock_was_set_back", seconds=round(by.total_seconds()))
        await self._make_all_due()
        self._was_set_back.set()

    async def _make_due_again(self) -> None:
        """Make the deferred rows due again some time after the clock was set back."""
        while True:
            await self._was_set_back.wait()
            self._was_set_back.clear()
            for seconds in _SETTLES_SECONDS:
                await asyncio.sleep(seconds)
                try:
                    with working_as(JOBS):
                        await self._make_all_due()
                except Exception as error:  # noqa: BLE001 (whatever it is, it is tried again)
                    log.warning("rows_not_made_due", error=repr(error))
                    self._was_set_back.set()

    async def _make_all_due(self) -> None:
        async with self._database.system() as connection:
            for statement in (failing_items.MAKE_DUE, *self._make_due):
                await connection.execute(statement)

    async def _failed(self, job: Job, failures: int, error: Exception) -> None:
        """Record that a job failed as a whole. Failures of single items are recorded by the job."""
        if may_pass(error):
            log.warning("job_waits", job=job.name, failures=failures, error=repr(error))
        else:
            log.error("job_failed", job=job.name, failures=failures, exc_info=error)
        with suppress(SQLAlchemyError):
            async with self._database.system() as connection:
                await failing_items.record(
                    connection, self._name, Item(job.name), error, may_pass(error)
                )

    async def _run(self, job: Job, before: "_LastStart") -> datetime:
        """Run ``job``; return the time at which it ended."""
        with working_within(JOB), span(f"job {job.name}"):
            await job.run()
        noted = {"name": job.name, "started_at": before.now}
        async with self._database.system() as connection:
            ended: datetime = (await connection.execute(_NOTE_RUN, noted)).scalar_one()
            if before.failed:
                await failing_items.resolve(connection, self._name, job.name)
        return ended

    async def _last_start(self, job: Job) -> "_LastStart":
        values = {"name": job.name, "jobs": self._name.job}
        row = await self._locks.execute(_LAST_START, values)
        clocks.note("database", row.now)
        return _LastStart(row.last, row.now, row.failed)


@dataclass(frozen=True, slots=True)
class _LastStart:
    """When a job last started, by the database's clock, which shows ``now``.

    ``failed``: whether its last run failed.
    """

    last: datetime | None
    now: datetime
    failed: bool


async def delete_handled(database: Database, service: str) -> None:
    """Delete old inbox rows. Every service that has consumers runs this as a job."""
    await DeleteOld(database, service, "forget-handled").delete(inbox.OLD)
