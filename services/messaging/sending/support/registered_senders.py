"""Refuse messages that US carriers would block because the sending number is not registered.

Carriers block messages from an unregistered local number (Twilio's error 30034). Twilio charges for
such messages all the same, so they are refused before they cost money.
"""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from servicekit.db.database import Database
from servicekit.modes import is_test
from servicekit.phones import country_of
from services.messaging.registration.storage import a2p_campaigns
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.registered_senders import (
    UNREGISTERED,
    is_domestic,
    is_exempt,
)


class RegisteredSenders:
    """Tells which messages US carriers may refuse. If not `required`, no message is named.

    Test organisations count as registered.

    The numbers are read each time, so that a number that was added a moment ago counts.
    """

    def __init__(self, database: Database, *, required: bool) -> None:
        self._database = database
        self._required = required

    async def refusals(
        self, org_id: UUID, phones: Iterable[str], pinned: Mapping[str, str] | None = None
    ) -> Mapping[str, Refusal]:
        """Return those of `phones` (E.164) to which carriers may refuse messages, and the reasons.

        Args:
            org_id: The organisation that sends.
            phones: The recipients.
            pinned: The phone number to send from, for each recipient for whom it is fixed. For the
                others Twilio may pick any number of the messaging service, so every number must be
                allowed.
        """
        if not self._required or is_test(org_id):
            return {}
        domestic = [phone for phone in phones if is_domestic(country_of(phone))]
        exempt = await self._exempt(org_id) if domestic else None
        if exempt is None:
            return {}
        from_number_of = pinned or {}
        return {p: UNREGISTERED for p in domestic if from_number_of.get(p) not in exempt}

    async def refused_countries(self, org_id: UUID, countries: Iterable[str]) -> Collection[str]:
        """Return those of `countries` to which carriers may refuse the organisation's messages."""
        domestic = {country for country in countries if is_domestic(country)}
        if not self._required or is_test(org_id) or not domestic:
            return ()
        return () if await self._exempt(org_id) is None else domestic

    async def _exempt(self, org_id: UUID) -> Collection[str] | None:
        """Return the phone numbers that need no registration.

        None if every number may text the US.
        """
        async with self._database.org(org_id) as connection:
            senders = await a2p_campaigns.senders(connection, org_id)
            approved = await a2p_campaigns.is_approved(connection, org_id)
        exempt = {number for number, country in senders if is_exempt(number, country)}
        if approved or (senders and len(exempt) == len(senders)):
            return None
        return exempt
