"""Check whether jobs have work, so that a job without work does not run.

One statement checks all waiting jobs of a service. Running a job takes some twenty statements,
which would be too much every second for a job that finds nothing to do. The same statement reads
the database's clock, and so finds out whether this clock was set back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Text,
    TextClause,
    column,
    func,
    literal,
    null,
    select,
    table,
    union_all,
)

from servicekit.db.database import Database
from servicekit.isolation import is_away
from servicekit.process import raise_if_cancelled

log = structlog.get_logger()

_LOOK_SECONDS = 1.0
# If the difference is smaller, it may come from a failover to a server with another clock, and jobs
# just wait.
SET_BACK = timedelta(seconds=2)
"""By how much a clock must be set back to be noticed."""

_failing = table("failing_items", column("job", Text), column("next_attempt_at"))
_runs = table("job_runs", column("name", Text), column("started_at"))
_FAILING = select(_failing.c.job, null()).where(_failing.c.next_attempt_at <= func.now())
# If the clock was set back before this process began, jobs that run notice it.
_AHEAD = select(_runs.c.name, null()).where(_runs.c.started_at > func.clock_timestamp())

Condition = ColumnElement[bool] | TextClause
"""An SQL condition that needs no table around it, such as ``EXISTS (SELECT ...)``."""


class JobLooks:
    """Wakes jobs once there is work for them.

    ``work`` has an SQL condition for each job, which is true if the job has work. ``set_back`` is
    called if the database's clock was set back, with the difference.
    """

    def __init__(
        self,
        database: Database,
        work: Mapping[str, Condition],
        set_back: Callable[[timedelta], Awaitable[None]],
    ) -> None:
        self._database = database
        self._statement = _statement(work) if work else None
        self._set_back = set_back
        self._last: _Reading | None = None
        self._waiting: dict[str, asyncio.Event] = {}
        self._somebody_waits = asyncio.Event()

    async def run(self) -> None:
        """Evaluate the conditions of idle jobs, and wake the jobs that have work.

        This is done when a job becomes idle, and then every second.
        """
        while self._statement is not None:
            raise_if_cancelled()
            await self._somebody_waits.wait()
            self._somebody_waits.clear()
            await self._look(self._statement)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._somebody_waits.wait()
            if self._waiting:
                self._somebody_waits.set()

    async def wait(self, job: str, at_most: float) -> None:
        """Return as soon as the job has work, or after ``at_most`` seconds."""
        found = self._waiting[job] = asyncio.Event()
        self._somebody_waits.set()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(at_most):
                    await found.wait()
        finally:
            del self._waiting[job]

    async def _look(self, statement: CompoundSelect[str | None, datetime | None]) -> None:
        try:
            asked_at = monotonic()
            async with self._database.system() as connection:
                rows = (await connection.execute(statement)).all()
            await self._compare(asked_at, max(row.now for row in rows if row.now is not None))
            jobs = {row.job for row in rows}
        except Exception as error:  # noqa: BLE001 (a job that runs finds out what is wrong)
            tell = log.warning if is_away(error) else log.error
            tell("jobs_not_looked_for", error=repr(error))
            jobs = set(self._waiting)
        for job in jobs & self._waiting.keys():
            self._waiting[job].set()

    async def _compare(self, asked_at: float, now: datetime) -> None:
        """Call ``set_back`` if the clock, which shows ``now``, has lost time since the last look.

        If this fails, the next look tries again.
        """
        reading = _Reading(now, monotonic())
        if self._last is not None:
            # At least this time has passed between the two readings.
            passed = timedelta(seconds=asked_at - self._last.answered_at)
            behind = self._last.now + passed - now
            if behind > SET_BACK:
                await self._set_back(behind)
        self._last = reading


@dataclass(frozen=True, slots=True)
class _Reading:
    """A time that the database's clock showed, and when the answer came (``time.monotonic``)."""

    now: datetime
    answered_at: float


def _statement(
    work: Mapping[str, Condition],
) -> CompoundSelect[str | None, datetime | None]:
    nothing = null().label("now")
    clock = select(null().label("job"), func.clock_timestamp().label("now"))
    looks = [select(literal(job), nothing).where(condition) for job, condition in work.items()]
    return union_all(clock, *looks, _FAILING, _AHEAD)
