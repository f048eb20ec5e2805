"""How many numbers an organisation may have."""

from dataclasses import dataclass, replace
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.identity import acting_as
from services.messaging.accounts.domain.number_months import NumberLimits, NumberTerms
from services.messaging.accounts.storage import number_purchases
from services.messaging.accounts.support.number_charges import NumberCharges
from services.messaging.common.support.audit import audit


@dataclass(frozen=True, slots=True)
class Limit:
    """How many numbers an organisation may have, whether that was set, and how many it has."""

    max_numbers: int
    is_set: bool
    numbers: int


class NumberLimit:
    """Knows and changes the limit of an organisation."""

    def __init__(self, database: Database, charges: NumberCharges, defaults: NumberLimits) -> None:
        self._database = database
        self._charges = charges
        self._defaults = defaults

    async def of_org(self, org_id: UUID, terms: NumberTerms | None = None) -> Limit:
        """Return the limit that holds, by ``terms`` or those of now.

        Raises ``Unavailable`` while billing is away.
        """
        async with self._database.org(org_id) as connection:
            given = await number_purchases.limit(connection, org_id)
            count = await number_purchases.count(connection, org_id)
        if given is not None:
            return Limit(given, is_set=True, numbers=count)
        terms = terms or await self._charges.terms(org_id)
        most = self._defaults.default(has_paid_in=terms.has_paid_in)
        return Limit(most, is_set=False, numbers=count)

    async def set(self, org_id: UUID, most: int | None) -> Limit:
        """Set the limit, or let the platform's own hold; audited. Raises ``Unavailable``."""
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
        return await self.of_org(org_id)
