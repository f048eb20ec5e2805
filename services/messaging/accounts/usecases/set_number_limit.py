"""Set how many phone numbers an organisation may have."""

from dataclasses import replace
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.identity import acting_as
from services.messaging.accounts.storage import number_purchases
from services.messaging.accounts.support.number_limits import NumberLimit, NumberLimits
from services.messaging.common.support.audit import audit


class SetNumberLimit:
    """Set an organisation's limit of phone numbers, and audit the change."""

    def __init__(self, database: Database, limits: NumberLimits) -> None:
        self._database = database
        self._limits = limits

    async def set(self, org_id: UUID, most: int | None) -> NumberLimit:
        """Set how many phone numbers the organisation may have. None restores the default.

        Raises:
            Unavailable: Billing did not answer. The limit is set nevertheless.
        """
        async with self._database.org(org_id) as connection:
            await number_purchases.set_limit(connection, org_id, most)
            with acting_as(replace(identity.current(), org_id=org_id)):
                await audit(
                    connection,
                    "twilio_number_limit_set",
                    "organisation",
                    str(org_id),
                    max_numbers="default" if most is None else str(most),
                )
        return await self._limits.of_org(org_id)
