"""The terms that apply to an organisation's messages now."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.accounts.storage import messaging_services
from services.messaging.sending.domain.terms import Terms
from services.messaging.sending.providers.prices import PriceList
from services.messaging.sending.storage import spending


class CurrentTerms:
    """Puts the terms together from billing's prices and the organisation's settings."""

    def __init__(self, database: Database, prices: PriceList) -> None:
        self._database = database
        self._prices = prices

    async def of_org(self, org_id: UUID) -> Terms:
        """Return the terms for the organisation's messages. Raises `Unavailable`."""
        prices = await self._prices.current()
        async with self._database.org(org_id) as connection:
            return Terms(
                prices.cents_per_segment,
                await messaging_services.encodes_smartly(connection, org_id),
                await spending.limits(connection, org_id),
                prices.cents_per_mms,
            )
