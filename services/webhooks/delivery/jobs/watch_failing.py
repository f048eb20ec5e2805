"""Warn organisations of endpoints whose calls fail for long, and disable these endpoints later."""

from functools import partial
from uuid import UUID

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.webhooks.delivery.domain.endpoints import DisabledReason
from services.webhooks.delivery.storage import endpoints
from services.webhooks.delivery.support.disabling import disable, warn

WARN_AFTER_HOURS = 24
"""Hours of failed calls after which the organisation is warned."""
DISABLE_AFTER_HOURS = 120
"""Hours of failed calls after which an endpoint is disabled."""
GRACE_HOURS = 48
"""Minimum hours between the warning and the disabling of the endpoint."""

_BATCH = 200


async def watch_failing(database: Database) -> None:
    """Warn about endpoints whose calls keep failing, and disable those warned long ago."""
    async with database.system() as connection:
        to_warn = await endpoints.long_failing(connection, WARN_AFTER_HOURS, None, _BATCH)
        to_disable = await endpoints.long_failing(
            connection, DISABLE_AFTER_HOURS, GRACE_HOURS, _BATCH
        )
    works = [(found, False) for found in to_warn] + [(found, True) for found in to_disable]
    async with JobItems(database, "webhooks", "watch-failing").turn() as turn:
        for (org_id, endpoint_id), ends in works:
            change = partial(_change, database, org_id, endpoint_id, ends=ends)
            await turn.attempt(Item(str(endpoint_id), org_id), change)


async def _change(database: Database, org_id: UUID, endpoint_id: UUID, *, ends: bool) -> None:
    async with database.org(org_id) as connection:
        version = await endpoints.lock(connection, org_id)
        endpoint = await endpoints.find(connection, org_id, endpoint_id)
        if endpoint is None or not endpoint.enabled or endpoint.failing_since is None:
            return  # it answers again, or somebody has changed it
        if ends:
            await disable(connection, endpoint, DisabledReason.FAILING, version)
        else:
            await warn(connection, endpoint)
