"""Run the next job of one kind, and decide what happens to it after an error."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic

import structlog
from sqlalchemy.exc import SQLAlchemyError

from servicekit import failing_items
from servicekit.db.database import Database, is_outage
from servicekit.db.limits import IMPORT, working_within
from servicekit.errors import DomainError
from servicekit.failing_items import Item, JobName
from services.contacts.storage.leases import LeasedJobs, LeaseLost, LeaseT

log = structlog.get_logger()

_MAX_ATTEMPTS = 20
_MAX_PAUSE_SECONDS = 60.0
# Seconds until a job is run again after an outage, which does not count as an attempt.
_OUTAGE_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class JobKind(Generic[LeaseT]):
    """A kind of job: import jobs or bulk changes.

    Attributes:
        name: the name under which failing jobs are recorded.
        jobs: the storage of these jobs.
        run: runs a leased job to its end. It raises ``DomainError`` if the job can't succeed.
        given_up: the failure that is shown for a job that was tried too often.
    """

    name: JobName
    jobs: LeasedJobs[LeaseT]
    run: Callable[[LeaseT], Awaitable[None]]
    given_up: str


class RunNextJob(Generic[LeaseT]):
    """Runs jobs of one kind for all organisations, one at a time."""

    def __init__(self, database: Database, kind: JobKind[LeaseT], lease_seconds: float) -> None:
        self._database = database
        self._kind = kind
        self._lease_seconds = lease_seconds
        failing_items.count_from_zero(kind.name.job)

    async def run_next(self) -> bool:
        """Run one job. Returns False if there is none."""
        async with self._database.system() as connection:
            lease = await self._kind.jobs.take_lease(connection, self._lease_seconds)
        if lease is None:
            return False
        try:
            await self._attempt(lease)
        except LeaseLost:
            log.warning("job_lease_lost", job=self._kind.name.job, job_id=str(lease.job_id))
        return True

    async def _attempt(self, lease: LeaseT) -> None:
        if lease.attempt > _MAX_ATTEMPTS:
            await self._fail(lease, self._kind.given_up)
            return
        try:
            with working_within(IMPORT):
                await self._kind.run(lease)
            async with self._database.system() as connection:
                await failing_items.resolve(connection, self._kind.name, str(lease.job_id))
        except DomainError as error:
            await self._fail(lease, error.message)
        except asyncio.CancelledError:
            with suppress(LeaseLost, SQLAlchemyError, OSError):
                await self._release(lease, 0)
            raise
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 (a fault that one job reveals stops no other)
            await self._retry_later(lease, error)

    async def _retry_later(self, lease: LeaseT, error: Exception) -> None:
        job, job_id = self._kind.name.job, str(lease.job_id)
        if is_outage(error):
            log.warning("job_waits", job=job, job_id=job_id, error=repr(error))
            await self._release(lease, _OUTAGE_PAUSE_SECONDS)
            return
        log.error("job_broke", job=job, job_id=job_id, exc_info=error)
        item = Item(job_id, lease.org_id)
        async with self._database.system() as connection:
            await failing_items.record(connection, self._kind.name, item, error)
        async with self._database.org(lease.org_id) as connection:
            pause = min(2.0**lease.attempt, _MAX_PAUSE_SECONDS)
            await self._kind.jobs.renew(connection, lease, pause)

    async def _fail(self, lease: LeaseT, failure: str) -> None:
        async with self._database.org(lease.org_id) as connection:
            await self._kind.jobs.fail(connection, lease, failure)

    async def _release(self, lease: LeaseT, seconds: float) -> None:
        async with self._database.org(lease.org_id) as connection:
            await self._kind.jobs.release(connection, lease, seconds)
