"""Tells organisations once a day that their balances are below their minimum."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.billing.storage import alerts
from services.billing.usecases.send_alerts import SendAlerts

log = structlog.get_logger()


async def alert_low_balances(database: Database, currency: str, send: SendAlerts) -> None:
    """Notify each organisation whose money runs low, unless it was within 24 hours.

    Raises ``Unavailable`` while there is no mail service; what is due then waits for the job that
    sends notifications.
    """
    async with database.system() as connection:
        orgs_to_watch = await alerts.orgs_to_watch(connection)

    async def alert(items: Sequence[Item]) -> None:
        org_ids = [UUID(item.id) for item in items]
        async with database.system() as connection:
            found = await alerts.alert_low_balances(connection, currency, org_ids)
        log.info("low_balances_found", organisations=found)

    async with JobItems(database, "billing", "alert-low-balances").turn() as turn:
        await turn.apply([Item.org(org_id) for org_id in orgs_to_watch], alert)
    await send()
