"""Jobs: what runs on a schedule, once, however many replicas there are.

When a job is due stands in the database; whoever holds the job's lock and finds it due runs it. A
job must be idempotent: after a crash it runs again.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from servicekit.bus import inbox
from servicekit.db.database import Database

log = structlog.get_logger()

DDL = """
CREATE TABLE job_runs (
  name text CONSTRAINT pk_job_runs PRIMARY KEY,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL
);
"""
"""For a service's first migration."""

_TICK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Job:
    """Something to run every ``every``, or every day at ``at`` (UTC) where that is given."""

    name: str
    run: Callable[[], Awaitable[None]]
    every: timedelta = timedelta(days=1)
    at: time | None = None

    def due(self, last: datetime | None, now: datetime) -> bool:
        """Whether it is due at ``now``, having last started at ``last``."""
        if self.at is None:
            return last is None or now - last >= self.every
        today = datetime.combine(now.date(), self.at, tzinfo=UTC)
        latest = today if now >= today else today - timedelta(days=1)
        return last is None or last < latest


class Scheduler:
    """Runs jobs when they are due, each in a task of its own."""

    def __init__(self, database: Database, jobs: Sequence[Job]) -> None:
        self._database = database
        self._jobs = jobs

    async def run(self) -> None:
        """Run jobs until cancelled."""
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                group.create_task(self._run_when_due(job))

    async def run_now(self, name: str) -> bool:
        """Run the job ``name`` now, due or not; False where it is running already.

        Raises ``LookupError`` for a name that there is not, and what the job raises.
        """
        job = next((job for job in self._jobs if job.name == name), None)
        if job is None:
            known = ", ".join(sorted(job.name for job in self._jobs))
            raise LookupError(f"no job {name!r}; there are: {known}")
        async with self._lock(job) as held:
            if held:
                await self._run(job)
            return held

    async def _run_when_due(self, job: Job) -> None:
        while True:
            try:
                await self._try(job)
            except SQLAlchemyError as error:
                log.warning("job_waits", job=job.name, error=repr(error))
            except Exception:
                log.exception("job_failed", job=job.name)
            await asyncio.sleep(min(_TICK_SECONDS, job.every.total_seconds()))

    async def _try(self, job: Job) -> None:
        if not job.due(await self._last_start(job), datetime.now(UTC)):
            return
        async with self._lock(job) as held:
            if held and job.due(await self._last_start(job), datetime.now(UTC)):
                await self._run(job)

    async def _run(self, job: Job) -> None:
        started = datetime.now(UTC)
        await job.run()
        async with self._database.system() as connection:
            await connection.execute(
                text(
                    "INSERT INTO job_runs (name, started_at, finished_at)"
                    " VALUES (:name, :started_at, now()) ON CONFLICT (name)"
                    " DO UPDATE SET started_at = :started_at, finished_at = now()"
                ),
                {"name": job.name, "started_at": started},
            )

    async def _last_start(self, job: Job) -> datetime | None:
        async with self._database.system() as connection:
            last: datetime | None = await connection.scalar(
                text("SELECT started_at FROM job_runs WHERE name = :name"), {"name": job.name}
            )
            return last

    @asynccontextmanager
    async def _lock(self, job: Job) -> AsyncIterator[bool]:
        """Hold the job's lock, which goes with its connection should this process die."""
        key = {"key": zlib.crc32(job.name.encode())}
        async with self._database.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            held = await connection.scalar(
                text("SELECT pg_try_advisory_lock(7218, CAST(:key - 2147483648 AS int))"), key
            )
            try:
                yield bool(held)
            finally:
                if held:
                    await connection.execute(
                        text("SELECT pg_advisory_unlock(7218, CAST(:key - 2147483648 AS int))"),
                        key,
                    )


async def forget_handled(database: Database) -> None:
    """The job of every service that consumes: drop inbox rows that no repeat can concern."""
    async with database.system() as connection:
        await inbox.forget_old(connection)
