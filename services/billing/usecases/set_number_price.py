"""Set the monthly price of a type of phone numbers in a country."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.phones import has_calling_prefix
from services.billing.storage import number_prices, outbox
from services.billing.storage.outbox import AuditEntry
from services.billing.storage.rows import NumberPrice


class SetNumberPrice:
    """Sets prices of phone numbers at the request of an operator, and writes an audit entry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(self, price: NumberPrice, reason: str) -> None:
        """Set the price of numbers that are bought from now on.

        Raises:
            InvalidInput: No phone numbers belong to the country.
        """
        if not has_calling_prefix(price.country):
            raise InvalidInput.of("country", "must be a country that has phone numbers")
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            before = await number_prices.replace(connection, price)
            if before != price.cents_per_month:
                meta = {
                    "reason": reason,
                    "centsPerMonthBefore": before,
                    "centsPerMonth": price.cents_per_month,
                }
                entity = ("number_price", f"{price.country} {price.number_type}")
                entry = AuditEntry(org_id, "number_price_changed", entity, meta)
                await outbox.audit(connection, entry)
