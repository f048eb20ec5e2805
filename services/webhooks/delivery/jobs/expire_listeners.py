"""Delete unused listeners, and the pending deliveries to deleted listeners."""

from functools import partial
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.old_rows import DeleteOld
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.webhooks.delivery.storage import endpoints, listeners

_JOB = "expire-listeners"
_BATCH = 200


async def expire_listeners(database: Database) -> None:
    """Delete listeners whose last request is an hour ago, and the deliveries of deleted listeners.

    Deliveries are deleted in batches that hold no lock for long.
    """
    async with JobItems(database, "webhooks", _JOB).turn() as turn:
        async with database.system() as connection:
            found = await listeners.expired(connection, _JOB, _BATCH)
        for org_id, listener_id in found:
            delete = partial(_delete, database, org_id, listener_id)
            await turn.attempt(Item(str(listener_id), org_id), delete)
    await DeleteOld(database, "webhooks", _JOB).delete(listeners.LEFT_BEHIND)


async def _delete(database: Database, org_id: UUID, listener_id: UUID) -> None:
    async with database.org(org_id) as connection:
        version = await endpoints.lock(connection, org_id)
        if await listeners.find(connection, org_id, listener_id) is None:
            await listeners.remove(connection, org_id, listener_id)
            await endpoints.announce_types(connection, org_id, version)
