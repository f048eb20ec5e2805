"""Set the prices of texts to a country."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.phones import has_calling_prefix
from services.billing.storage import outbox, prices
from services.billing.storage.outbox import AuditEntry
from services.billing.storage.rows import Price


class SetPrice:
    """Sets prices at the request of an operator, and writes an audit entry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(self, price: Price, reason: str) -> None:
        """Set the prices of a country. The audit entry has the old and the new ones.

        Raises:
            InvalidInput: No phone numbers belong to the country.
        """
        if not has_calling_prefix(price.country):
            raise InvalidInput.of("country", "must be a country that has phone numbers")
        async with self._database.org(identity.current().require_org()) as connection:
            before = await prices.replace(connection, price)
            if before != price:
                await outbox.audit(connection, _entry(before, price, reason))


def _entry(before: Price | None, price: Price, reason: str) -> AuditEntry:
    return AuditEntry(
        identity.current().require_org(),
        "price_changed",
        ("price", price.country),
        {
            "reason": reason,
            "centsPerSegmentBefore": before.cents_per_segment if before else None,
            "centsPerSegment": price.cents_per_segment,
            "centsPerMmsBefore": before.cents_per_mms if before else None,
            "centsPerMms": price.cents_per_mms,
        },
    )
