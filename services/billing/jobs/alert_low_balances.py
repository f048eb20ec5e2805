"""Tells organisations once a day that their balances are below their minimum."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.billing.storage import notifications
from services.billing.usecases.send_notifications import SendNotifications

log = structlog.get_logger()


async def alert_low_balances(database: Database, currency: str, send: SendNotifications) -> None:
    """Notify each organisation whose money runs low, unless it was within 24 hours.

    Raises ``Unavailable`` while there is no mail service; what is due then waits for the job that
    sends notifications.
    """
    async with database.system() as connection:
        watched = await notifications.watched(connection)

    async def alert(items: Sequence[Item]) -> None:
        org_ids = [UUID(item.id) for item in items]
        async with database.system() as connection:
            found = await notifications.alert_low_balances(connection, currency, org_ids)
        log.info("low_balances_found", organisations=found)

    async with JobItems(database, "billing", "alert-low-balances").turn() as turn:
        await turn.apply([Item.org(org_id) for org_id in watched], alert)
    await send()
