"""Set what an organisation allows to be spent."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.messaging.common.support.audit import audit
from services.messaging.sending.storage import spending
from services.messaging.sending.storage.spending import NewSettings
from services.messaging.sending.support.pricing import PriceList


class SetLimits:
    """Sets limits."""

    def __init__(self, database: Database, prices: PriceList) -> None:
        self._database = database
        self._prices = prices

    async def __call__(self, org_id: UUID, new: NewSettings) -> tuple[RowMapping, int]:
        """Set the limits; how they stand now, and the cents spent today.

        Raises ``InvalidInput`` for a country to which texts are not offered.
        """
        await self._require_served(new)
        async with self._database.org(org_id) as connection:
            row = await spending.put(connection, org_id, new)
            await audit(
                connection,
                "sending_settings_changed",
                "sending_settings",
                str(org_id),
                allowed_countries=", ".join(row["allowed_countries"]),
                max_price_cents_per_message=str(new.max_price_cents_per_message),
                daily_spend_cap_cents=str(new.daily_spend_cap_cents),
            )
            return row, await spending.today(connection, org_id)

    async def _require_served(self, new: NewSettings) -> None:
        if not new.allowed_countries:
            return
        absent = sorted(set(new.allowed_countries) - (await self._prices.current()).keys())
        if absent:
            raise InvalidInput.of("allowedCountries", f"no texts are offered to {absent[0]}")
