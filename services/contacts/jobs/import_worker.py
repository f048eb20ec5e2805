"""The import worker: leases jobs one after the other and works them off."""

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
from services.contacts.usecases.work_off_import import WorkOffImport

log = structlog.get_logger()

_NAME = JobName("contacts", "imports")
_LOOK_SECONDS = 1.0
_MOST_ATTEMPTS = 20
_LONGEST_PAUSE = 60.0
# Seconds until a job that met an outage is taken up again. It was no attempt.
_OUTAGE_PAUSE = 5.0
_GIVEN_UP = "Something went wrong on our side, again and again. What was counted is imported."


class ImportWorker:
    """Works imports off until cancelled. Any number of workers can be at work."""

    def __init__(self, database: Database, work_off: WorkOffImport, lease_seconds: float) -> None:
        self._database = database
        self._work_off = work_off
        self._lease_seconds = lease_seconds
        failing_items.count_from_zero(_NAME.job)

    async def run(self) -> None:
        """Work for ever. Trouble is logged and waited out."""
        while True:
            worked = False
            try:
                worked = await self._work_once()
            except (SQLAlchemyError, OSError) as error:
                log.warning("import_worker_waits", error=repr(error))
            except Exception:  # whatever it is, the other files wait for their turns
                log.exception("import_worker_waits")
            if not worked:
                await asyncio.sleep(_LOOK_SECONDS)

    async def _work_once(self) -> bool:
        """Work on one job; False where there is none."""
        async with self._database.system() as connection:
            held = await import_jobs.lease(connection, self._lease_seconds)
        if held is None:
            return False
        try:
            await self._work(held)
        except LeaseLost:
            log.warning("import_lease_lost", job_id=str(held.job_id))
        return True

    async def _work(self, held: Lease) -> None:
        if held.attempt > _MOST_ATTEMPTS:
            await self._fail(held, _GIVEN_UP)
            return
        item = Item(str(held.job_id), held.org_id)
        try:
            with working_within(IMPORT):
                await self._work_off(held)
            await self._succeeded(item)
        except DomainError as error:
            await self._fail(held, error.message)
        except asyncio.CancelledError:
            with suppress(LeaseLost, SQLAlchemyError, OSError):
                await self._put_back(held, 0)
            raise
        except LeaseLost:
            raise
        except Exception as error:
            # What one file brings to light must not stop the others.
            if is_outage(error):
                log.warning("import_waits", job_id=str(held.job_id), error=repr(error))
                await self._put_back(held, _OUTAGE_PAUSE)
                return
            log.exception("import_broke", job_id=str(held.job_id))
            await self._record(item, error)
            await self._give_back(held, min(2.0**held.attempt, _LONGEST_PAUSE))

    async def _record(self, item: Item, error: Exception) -> None:
        async with self._database.system() as connection:
            await failing_items.record(connection, _NAME, item, error)

    async def _succeeded(self, item: Item) -> None:
        async with self._database.system() as connection:
            await failing_items.resolve(connection, _NAME, item.id)

    async def _fail(self, held: Lease, failure: str) -> None:
        async with self._database.org(held.org_id) as connection:
            await import_jobs.finish(connection, held, failure)

    async def _put_back(self, held: Lease, seconds: float) -> None:
        async with self._database.org(held.org_id) as connection:
            await import_jobs.put_back(connection, held, seconds)

    async def _give_back(self, held: Lease, seconds: float) -> None:
        async with self._database.org(held.org_id) as connection:
            await import_jobs.renew(connection, held, seconds)
