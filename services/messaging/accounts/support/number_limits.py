"""How many phone numbers an organisation may have."""

from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.accounts.domain.number_months import DefaultLimits, NumberTerms
from services.messaging.accounts.providers.number_charges import NumberCharges
from services.messaging.accounts.storage import number_purchases


@dataclass(frozen=True, slots=True)
class NumberLimit:
    """How many phone numbers an organisation may have, and how many it has.

    ``is_set``: whether an operator has set the limit.
    """

    max_numbers: int
    is_set: bool
    numbers: int


class NumberLimits:
    """Look up how many phone numbers organisations may have."""

    def __init__(self, database: Database, charges: NumberCharges, defaults: DefaultLimits) -> None:
        self._database = database
        self._charges = charges
        self._defaults = defaults

    async def of_org(self, org_id: UUID, terms: NumberTerms | None = None) -> NumberLimit:
        """Return the limit of an organisation.

        If ``terms`` is None, billing is asked for the terms.

        Raises:
            Unavailable: Billing did not answer.
        """
        async with self._database.org(org_id) as connection:
            given = await number_purchases.limit(connection, org_id)
            count = await number_purchases.count(connection, org_id)
        if given is not None:
            return NumberLimit(given, is_set=True, numbers=count)
        terms = terms or await self._charges.terms(org_id)
        most = self._defaults.default(has_paid_in=terms.has_paid_in)
        return NumberLimit(most, is_set=False, numbers=count)
