"""Drop import jobs that nobody asks for any more, and what is left of files that never came."""

import structlog

from servicekit.db.database import Database
from services.contacts.storage import import_jobs

log = structlog.get_logger()

_DAYS = 30
_UPLOAD_HOURS = 24


async def forget_imports(database: Database) -> None:
    """Drop finished jobs after 30 days, and uploads that broke off after a day."""
    async with database.system() as connection:
        dropped = await import_jobs.forget(connection, _DAYS, _UPLOAD_HOURS)
    if dropped:
        log.info("imports_forgotten", jobs=dropped)
