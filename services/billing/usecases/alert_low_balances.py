"""Create alerts for organisations whose balances are below their minimum."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.billing.storage import alerts

log = structlog.get_logger()


class AlertLowBalances:
    """Creates the alerts about low balances, which ``SendAlerts`` sends."""

    def __init__(self, database: Database, currency: str) -> None:
        self._database = database
        self._currency = currency
        self._items = JobItems(database, "billing", "alert-low-balances")

    async def create_alerts(self) -> None:
        """Alert each organisation below its minimum that had no alert in the last 24 hours."""
        async with self._database.system() as connection:
            org_ids = await alerts.orgs_to_watch(connection)
        async with self._items.turn() as turn:
            await turn.apply([Item.org(org_id) for org_id in org_ids], self._alert)

    async def _alert(self, items: Sequence[Item]) -> None:
        org_ids = [UUID(item.id) for item in items]
        async with self._database.system() as connection:
            found = await alerts.alert_low_balances(connection, self._currency, org_ids)
        log.info("low_balances_found", organisations=found)
