"""Look for numbers that could be bought."""

from collections.abc import Sequence
from uuid import UUID

from services.messaging.domain.number_wish import NumberWish
from services.messaging.providers.twilio_control import AvailableNumber, TwilioControl
from services.messaging.usecases.credentials import SendingAccounts
from services.messaging.usecases.provision_numbers import check_wish


class SearchNumbers:
    """Searches Twilio's numbers."""

    def __init__(self, control: TwilioControl, accounts: SendingAccounts) -> None:
        self._control = control
        self._accounts = accounts

    async def __call__(self, org_id: UUID, wish: NumberWish) -> Sequence[AvailableNumber]:
        """Up to ``wish.quantity`` numbers that are to be had now.

        Raises ``InvalidInput`` for an area code where there are none, ``NotFound`` no_subaccount,
        ``Unavailable`` and ``Refused``.
        """
        check_wish(wish)
        account = await self._accounts.for_org(org_id)
        return await self._control.search_numbers(account, wish, wish.quantity)
