"""Look for numbers that could be bought."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.messaging.accounts.domain.number_wish import NumberWish
from services.messaging.accounts.providers.twilio_control import AvailableNumber, TwilioControl
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.number_charges import NumberCharges
from services.messaging.accounts.usecases.provision_numbers import check_wish


@dataclass(frozen=True, slots=True)
class Offer:
    """A number that could be bought, and what it costs a month."""

    number: AvailableNumber
    cents_per_month: int


class SearchNumbers:
    """Searches Twilio's numbers."""

    def __init__(
        self, control: TwilioControl, accounts: SendingAccounts, charges: NumberCharges
    ) -> None:
        self._control = control
        self._accounts = accounts
        self._charges = charges

    async def __call__(self, org_id: UUID, wish: NumberWish) -> Sequence[Offer]:
        """Up to ``wish.quantity`` numbers that are to be had now, of kinds that have a price.

        Raises ``InvalidInput`` for an area code where there are none, ``NotFound`` no_subaccount,
        ``Unavailable`` and ``Refused``.
        """
        check_wish(wish)
        account = await self._accounts.for_org(org_id)
        prices = (await self._charges.terms(org_id)).prices
        found = await self._control.search_numbers(account, wish, wish.quantity)
        return [
            Offer(number, prices[wish.country, number.number_type])
            for number in found
            if (wish.country, number.number_type) in prices
        ]
