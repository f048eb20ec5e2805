"""Set how much an organisation may spend on messages."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import InvalidInput
from services.messaging.common.support.audit import audit
from services.messaging.sending.providers.prices import PriceList
from services.messaging.sending.storage import spending
from services.messaging.sending.storage.spending import NewSettings, Settings


class SetSpendingLimits:
    """Replaces an organisation's spending limits."""

    def __init__(self, database: Database, prices: PriceList) -> None:
        self._database = database
        self._prices = prices

    async def set(
        self, org_id: UUID, new: NewSettings, if_version: int | None = None
    ) -> tuple[Settings, int]:
        """Replace the spending limits.

        Returns:
            The new limits, and the cents spent today.

        Raises:
            InvalidInput: An allowed country is one to which texts can't be sent.
            PreconditionFailed: Somebody changed the limits since the version `if_version`.
        """
        await self._require_offered(new)
        async with self._database.org(org_id) as connection:
            require_version(await spending.lock(connection, org_id), if_version)
            settings = await spending.put(connection, org_id, new)
            await audit(
                connection,
                "sending_settings_changed",
                "sending_settings",
                str(org_id),
                allowed_countries=", ".join(settings.allowed_countries),
                max_price_cents_per_message=str(new.max_price_cents_per_message),
                daily_spend_cap_cents=str(new.daily_spend_cap_cents),
            )
            return settings, await spending.today(connection, org_id)

    async def _require_offered(self, new: NewSettings) -> None:
        if not new.allowed_countries:
            return
        absent = sorted(
            set(new.allowed_countries) - (await self._prices.current()).cents_per_segment.keys()
        )
        if absent:
            raise InvalidInput.of(
                "allowedCountries", f"contains {absent[0]}, to which texts can't be sent"
            )
