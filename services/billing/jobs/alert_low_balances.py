"""Tells organisations once a day that their balances are below their minimum."""

import structlog

from servicekit.db.database import Database
from services.billing.storage import notifications
from services.billing.usecases.send_notifications import SendNotifications

log = structlog.get_logger()


async def alert_low_balances(database: Database, currency: str, send: SendNotifications) -> None:
    """Notify each organisation whose money runs low, unless it was within 24 hours.

    Raises ``Unavailable`` while there is no mail service; what is due then waits for the job that
    sends notifications.
    """
    async with database.system() as connection:
        found = await notifications.alert_low_balances(connection, currency)
    log.info("low_balances_found", organisations=found)
    await send()
