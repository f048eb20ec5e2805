"""Phone numbers that Twilio sells, with the prices that organisations pay for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.domain.number_criteria import NumberCriteria
from services.messaging.accounts.domain.number_months import NumberTerms
from services.messaging.accounts.providers.number_charges import NumberCharges
from services.messaging.accounts.providers.twilio_control import AvailableNumber, TwilioControl


@dataclass(frozen=True, slots=True)
class Offer:
    """A phone number that can be bought, and its monthly price."""

    number: AvailableNumber
    cents_per_month: int


class NumberMarket:
    """Find phone numbers for sale and their prices. Each method raises ``Unavailable``."""

    def __init__(self, control: TwilioControl, charges: NumberCharges) -> None:
        self._control = control
        self._charges = charges

    async def terms(self, org_id: UUID) -> NumberTerms:
        """Return number prices, and whether the organisation has paid in through Stripe."""
        return await self._charges.terms(org_id)

    async def offers(
        self, account: SendingAccount, criteria: NumberCriteria, limit: int, terms: NumberTerms
    ) -> Sequence[Offer]:
        """Return phone numbers that match the criteria and whose type has a price.

        At most ``limit`` matching numbers are checked for a price. Raises ``TwilioRefused``.
        """
        found = await self._control.search_numbers(account, criteria, limit)
        return [
            Offer(number, terms.prices[criteria.country, number.number_type])
            for number in found
            if (criteria.country, number.number_type) in terms.prices
        ]
