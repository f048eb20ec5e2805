"""Search for phone numbers that can be bought."""

from collections.abc import Sequence
from uuid import UUID

from services.messaging.accounts.domain.number_criteria import NumberCriteria
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.number_market import NumberMarket, Offer


class SearchNumbers:
    """Search for phone numbers at Twilio without buying them."""

    def __init__(self, accounts: SendingAccounts, market: NumberMarket) -> None:
        self._accounts = accounts
        self._market = market

    async def search(self, org_id: UUID, criteria: NumberCriteria) -> Sequence[Offer]:
        """Return up to ``criteria.quantity`` matching phone numbers whose type has a price.

        Raises:
            InvalidInput: An area code was given for a country that has none.
            NotFound: no_subaccount.
            Unavailable: Twilio or billing did not answer.
            TwilioRefused: Twilio refused.
        """
        criteria.check()
        account = await self._accounts.for_org(org_id)
        terms = await self._market.terms(org_id)
        return await self._market.offers(account, criteria, criteria.quantity, terms)
