"""Deletes webhooks and dead letters that are past their time: they hold numbers and texts."""

from servicekit.db.database import Database
from servicekit.db.old_rows import DeleteOld
from services.webhooks.storage import dead_letters, webhook_logs


async def delete_old(database: Database, days: int) -> None:
    """Delete what is more than ``days`` old, in batches that keep no lock for long."""
    old = DeleteOld(database, "webhooks", "forget-old")
    await old.delete(webhook_logs.OLD, dead_letters.OLD, days=days)
