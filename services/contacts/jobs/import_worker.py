"""The import worker: lease import jobs one after the other and run them."""

import asyncio
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
from services.contacts.usecases.run_import_job import RunImportJob

log = structlog.get_logger()

_NAME = JobName("contacts", "imports")
_LOOK_SECONDS = 1.0
_MOST_ATTEMPTS = 20
_LONGEST_PAUSE = 60.0
# Seconds until a job is run again after an outage, which counts as no attempt.
_OUTAGE_PAUSE = 5.0
_GIVEN_UP = "Something went wrong on our side several times. The counted contacts are imported."


class ImportWorker:
    """Runs import jobs until cancelled. Any number of workers can run."""

    def __init__(self, database: Database, run_import: RunImportJob, lease_seconds: float) -> None:
        self._database = database
        self._run_import = run_import
        self._lease_seconds = lease_seconds
        failing_items.count_from_zero(_NAME.job)

    async def run(self) -> None:
        """Run import jobs until cancelled. Errors are logged, and the worker goes on."""
        while True:
            worked = False
            try:
                worked = await self._work_once()
            except (SQLAlchemyError, OSError) as error:
                log.warning("import_worker_waits", error=repr(error))
            except Exception:  # the worker must go on with other files
                log.exception("import_worker_waits")
            if not worked:
                await asyncio.sleep(_LOOK_SECONDS)

    async def _work_once(self) -> bool:
        """Run one job. Returns False if there is none."""
        async with self._database.system() as connection:
            lease = await import_jobs.take_lease(connection, self._lease_seconds)
        if lease is None:
            return False
        try:
            await self._work(lease)
        except LeaseLost:
            log.warning("import_lease_lost", job_id=str(lease.job_id))
        return True

    async def _work(self, lease: Lease) -> None:
        if lease.attempt > _MOST_ATTEMPTS:
            await self._fail(lease, _GIVEN_UP)
            return
        item = Item(str(lease.job_id), lease.org_id)
        try:
            with working_within(IMPORT):
                await self._run_import.run(lease)
            await self._succeeded(item)
        except DomainError as error:
            await self._fail(lease, error.message)
        except asyncio.CancelledError:
            with suppress(LeaseLost, SQLAlchemyError, OSError):
                await self._release(lease, 0)
            raise
        except LeaseLost:
            raise
        except Exception as error:
            # A fault that one file reveals must not stop the others.
            if is_outage(error):
                log.warning("import_waits", job_id=str(lease.job_id), error=repr(error))
                await self._release(lease, _OUTAGE_PAUSE)
                return
            log.exception("import_broke", job_id=str(lease.job_id))
            await self._record(item, error)
            await self._retry_in(lease, min(2.0**lease.attempt, _LONGEST_PAUSE))

    async def _record(self, item: Item, error: Exception) -> None:
        async with self._database.system() as connection:
            await failing_items.record(connection, _NAME, item, error)

    async def _succeeded(self, item: Item) -> None:
        async with self._database.system() as connection:
            await failing_items.resolve(connection, _NAME, item.id)

    async def _fail(self, lease: Lease, failure: str) -> None:
        async with self._database.org(lease.org_id) as connection:
            await import_jobs.finish(connection, lease, failure)

    async def _release(self, lease: Lease, seconds: float) -> None:
        async with self._database.org(lease.org_id) as connection:
            await import_jobs.release(connection, lease, seconds)

    async def _retry_in(self, lease: Lease, seconds: float) -> None:
        async with self._database.org(lease.org_id) as connection:
            await import_jobs.renew(connection, lease, seconds)
