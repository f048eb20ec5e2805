"""Delete old deliveries and events, and rows of deleted endpoints, which hold people's data."""

from datetime import UTC, datetime, timedelta

from servicekit.db.database import Database
from servicekit.db.old_rows import DeleteOld
from servicekit.ids import first_id_at
from services.webhooks.delivery.storage import deliveries, endpoints

KEPT_DAYS = 30
"""Days after which deliveries and their payloads are deleted."""


async def delete_old_deliveries(database: Database) -> None:
    """Delete deliveries, events and deleted endpoints older than 30 days.

    This is done in batches that hold no lock for long.
    """
    before = str(first_id_at(datetime.now(UTC) - timedelta(days=KEPT_DAYS)))
    old = DeleteOld(database, "webhooks", "forget-deliveries")
    kinds = (deliveries.OLD_DELIVERIES, deliveries.OLD_EVENTS, endpoints.DELETED)
    await old.delete(*kinds, before=before, days=KEPT_DAYS)
