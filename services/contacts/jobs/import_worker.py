"""The import worker: run import jobs one after the other."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.contacts.usecases.run_next_import import RunNextImport

log = structlog.get_logger()

_IDLE_SECONDS = 1.0


class ImportWorker:
    """Runs import jobs until cancelled. Several workers can run at the same time."""

    def __init__(self, imports: RunNextImport) -> None:
        self._imports = imports

    async def run(self) -> None:
        """Run import jobs until cancelled. Errors are logged, and the worker goes on."""
        while True:
            worked = False
            try:
                worked = await self._imports.run_next()
            except (SQLAlchemyError, OSError) as error:
                log.warning("import_worker_waits", error=repr(error))
            except Exception:  # the worker must go on with other files
                log.exception("import_worker_waits")
            if not worked:
                await asyncio.sleep(_IDLE_SECONDS)
