"""Delete old webhooks and dead letters: they hold phone numbers and messages."""

from servicekit.db.database import Database
from servicekit.db.old_rows import DeleteOld
from services.webhooks.storage import dead_letters, webhook_logs


async def delete_old(database: Database, days: int) -> None:
    """Delete rows older than `days` days, in batches that hold no lock for long."""
    old = DeleteOld(database, "webhooks", "forget-old")
    await old.delete(webhook_logs.OLD, dead_letters.OLD, days=days)
