"""A worker: run the jobs of one kind one after the other."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger()

_IDLE_SECONDS = 1.0


class JobWorker:
    """Runs jobs until cancelled. Several workers can run at the same time.

    ``run_next`` runs one job, and returns False if there is none.
    """

    def __init__(self, run_next: Callable[[], Awaitable[bool]]) -> None:
        self._run_next = run_next

    async def run(self) -> None:
        """Run jobs until cancelled. Errors are logged, and the worker goes on."""
        while True:
            worked = False
            try:
                worked = await self._run_next()
            except (SQLAlchemyError, OSError) as error:
                log.warning("job_worker_waits", error=repr(error))
            except Exception:  # the worker must go on with other jobs
                log.exception("job_worker_waits")
            if not worked:
                await asyncio.sleep(_IDLE_SECONDS)
