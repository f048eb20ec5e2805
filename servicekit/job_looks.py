"""Check whether jobs have work, so that a job without work does not run.

One statement checks all waiting jobs of a service. Running a job takes some twenty statements,
which would be too much every second for a job that finds nothing to do.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import structlog
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Text,
    TextClause,
    column,
    func,
    literal,
    select,
    table,
    union_all,
)

from servicekit.db.database import Database
from servicekit.isolation import is_away
from servicekit.process import raise_if_cancelled

log = structlog.get_logger()

_LOOK_SECONDS = 1.0
_failing = table("failing_items", column("job", Text), column("next_attempt_at"))
_runs = table("job_runs", column("name", Text), column("started_at"))
_FAILING = select(_failing.c.job).where(_failing.c.next_attempt_at <= func.now())
# If the clock was set back, each job must run once, to make deferred rows due.
_AHEAD = select(_runs.c.name).where(_runs.c.started_at > func.clock_timestamp())

Condition = ColumnElement[bool] | TextClause
"""An SQL condition that needs no table around it, such as ``EXISTS (SELECT ...)``."""


class JobLooks:
    """Wakes jobs once there is work for them.

    ``work`` has an SQL condition for each job, which is true if the job has work.
    """

    def __init__(self, database: Database, work: Mapping[str, Condition]) -> None:
        self._database = database
        self._statement = _statement(work) if work else None
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

    async def _look(self, statement: CompoundSelect[str]) -> None:
        try:
            async with self._database.system() as connection:
                jobs = set((await connection.scalars(statement)).all())
        except Exception as error:  # noqa: BLE001 (a job that runs finds out what is wrong)
            tell = log.warning if is_away(error) else log.error
            tell("jobs_not_looked_for", error=repr(error))
            jobs = set(self._waiting)
        for job in jobs & self._waiting.keys():
            self._waiting[job].set()


def _statement(work: Mapping[str, Condition]) -> CompoundSelect[str]:
    looks = [select(literal(job)).where(condition) for job, condition in work.items()]
    return union_all(*looks, _FAILING, _AHEAD)
