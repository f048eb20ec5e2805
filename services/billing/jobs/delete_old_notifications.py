"""Delete old alerts, notices and their read marks."""

from datetime import timedelta

from servicekit.db import clock
from servicekit.db.database import Database
from servicekit.db.old_rows import DeleteOld
from servicekit.ids import first_id_at
from services.billing.storage import notifications

AGE = timedelta(days=365)
"""The age at which notifications are deleted. Nothing looks for alerts that are older."""


async def delete_old_notifications(database: Database) -> None:
    """Delete notifications that are older than a year."""
    async with database.system() as connection:
        oldest = first_id_at(await clock.now(connection) - AGE)
    old = DeleteOld(database, "billing", "forget-notifications")
    await old.delete(*notifications.OLD, oldest=oldest)
