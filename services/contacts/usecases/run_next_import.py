"""Run the next import job, and decide what happens to it after an error."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from servicekit import failing_items
from servicekit.db.database import Database, is_outage
from servicekit.db.limits import IMPORT, working_within
from servicekit.errors import DomainError
from servicekit.failing_items import Item, JobName
from services.contacts.storage import import_jobs
from services.contacts.storage.import_jobs import Lease, LeaseLost

log = structlog.get_logger()

_NAME = JobName("contacts", "imports")
_MAX_ATTEMPTS = 20
_MAX_PAUSE_SECONDS = 60.0
# Seconds until a job is run again after an outage, which does not count as an attempt.
_OUTAGE_PAUSE_SECONDS = 5.0
_GIVEN_UP = (
    "The import failed because of an error on our side. The contacts that were counted are"
    " imported. Import the file again."
)


class RunNextImport:
    """Runs import jobs of all organisations, one at a time.

    ``run`` imports the file of a leased job, as ``RunImportJob.run`` does.
    """

    def __init__(
        self, database: Database, run: Callable[[Lease], Awaitable[None]], lease_seconds: float
    ) -> None:
        self._database = database
        self._run = run
        self._lease_seconds = lease_seconds
        failing_items.count_from_zero(_NAME.job)

    async def run_next(self) -> bool:
        """Run one job. Returns False if there is none."""
        async with self._database.system() as connection:
            lease = await import_jobs.take_lease(connection, self._lease_seconds)
        if lease is None:
            return False
        try:
            await self._attempt(lease)
        except LeaseLost:
            log.warning("import_lease_lost", job_id=str(lease.job_id))
        return True

    async def _attempt(self, lease: Lease) -> None:
        if lease.attempt > _MAX_ATTEMPTS:
            await self._fail(lease, _GIVEN_UP)
            return
        try:
            with working_within(IMPORT):
                await self._run(lease)
            async with self._database.system() as connection:
                await failing_items.resolve(connection, _NAME, str(lease.job_id))
        except DomainError as error:
            await self._fail(lease, error.message)
        except asyncio.CancelledError:
            with suppress(LeaseLost, SQLAlchemyError, OSError):
                await self._release(lease, 0)
            raise
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 (a fault that one file reveals stops no other)
            await self._retry_later(lease, error)

    async def _retry_later(self, lease: Lease, error: Exception) -> None:
        if is_outage(error):
            log.warning("import_waits", job_id=str(lease.job_id), error=repr(error))
            await self._release(lease, _OUTAGE_PAUSE_SECONDS)
            return
        log.error("import_broke", job_id=str(lease.job_id), exc_info=error)
        item = Item(str(lease.job_id), lease.org_id)
        async with self._database.system() as connection:
            await failing_items.record(connection, _NAME, item, error)
        async with self._database.org(lease.org_id) as connection:
            pause = min(2.0**lease.attempt, _MAX_PAUSE_SECONDS)
            await import_jobs.renew(connection, lease, pause)

    async def _fail(self, lease: Lease, failure: str) -> None:
        async with self._database.org(lease.org_id) as connection:
            await import_jobs.finish(connection, lease, failure)

    async def _release(self, lease: Lease, seconds: float) -> None:
        async with self._database.org(lease.org_id) as connection:
            await import_jobs.release(connection, lease, seconds)
