"""Run the background jobs of one kind (imports or bulk changes), one after the other."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from servicekit.telemetry.tracing import span, tracing
from servicekit.wakeups import Wakeups

log = structlog.get_logger()

# A job that this process creates wakes the worker at once. Every few seconds the worker also looks
# for jobs that are due again after a pause, and for jobs of other processes.
_LOOK_SECONDS = 3.0


class JobWorker:
    """Runs import jobs or bulk changes until cancelled. Several workers can run at the same time.

    ``run_next`` runs one job, and returns False if there is none. ``wakeups`` announces new jobs
    under the name ``work``.
    """

    def __init__(
        self, run_next: Callable[[], Awaitable[bool]], wakeups: Wakeups, work: str
    ) -> None:
        self._run_next = run_next
        self._name = f"run {work}"
        self._bell = asyncio.Event()
        wakeups.add(work, self._bell.set)

    async def run(self) -> None:
        """Run jobs until cancelled. After an error, log it and run the next job."""
        while True:
            self._bell.clear()
            with tracing(), span(self._name):
                worked = await self._work()
            if not worked:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._bell.wait()

    async def _work(self) -> bool:
        try:
            return await self._run_next()
        except (SQLAlchemyError, OSError) as error:
            log.warning("job_worker_waits", error=repr(error))
        except Exception:  # the worker must go on with other jobs
            log.exception("job_worker_waits")
        return False
