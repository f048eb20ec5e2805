"""Delete old import jobs and bulk changes, and files whose upload was never completed."""

from servicekit.db.database import Database
from servicekit.db.old_rows import DeleteOld
from services.contacts.storage import bulk_changes, import_jobs

_DAYS = 30
_UPLOAD_HOURS = 24


async def delete_old_imports(database: Database) -> None:
    """Delete old rows of imports and bulk changes.

    Finished imports and bulk changes are deleted after 30 days, incomplete uploads after a day.
    """
    old = DeleteOld(database, "contacts", "forget-imports")
    await old.delete(import_jobs.OLD, days=_DAYS, upload_hours=_UPLOAD_HOURS)
    await old.delete(bulk_changes.OLD, days=_DAYS)
