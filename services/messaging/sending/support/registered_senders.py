"""Keep texts back that US carriers would refuse: those from numbers without a registration.

Carriers block what comes from an unregistered local number (Twilio's error 30034), and Twilio
charges for it all the same: such a text is refused before it costs money.
"""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from servicekit.db.database import Database
from servicekit.phones import country_of
from services.messaging.registration.storage import a2p_campaigns
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.registered_senders import (
    UNREGISTERED,
    is_domestic,
    is_exempt,
)


class RegisteredSenders:
    """Knows who may text the US. Where registration is not ``required``, everybody may.

    It is looked up each time: a number that was added a moment ago counts.
    """

    def __init__(self, database: Database, *, required: bool) -> None:
        self._database = database
        self._required = required

    async def refusals(
        self, org_id: UUID, phones: Iterable[str], pinned: Mapping[str, str] | None = None
    ) -> Mapping[str, Refusal]:
        """Those of ``phones`` (E.164) that carriers may refuse the organisation's texts to.

        ``pinned``: the sender of those that come from a certain one. Twilio may pick any other
        of the messaging service, so every one of them must be allowed for the rest.
        """
        if not self._required:
            return {}
        domestic = [phone for phone in phones if is_domestic(country_of(phone))]
        exempt = await self._exempt(org_id) if domestic else None
        if exempt is None:
            return {}
        parse_from_address = pinned or {}
        return {p: UNREGISTERED for p in domestic if parse_from_address.get(p) not in exempt}

    async def refused_countries(self, org_id: UUID, countries: Iterable[str]) -> Collection[str]:
        """Those of ``countries`` to which carriers may refuse the organisation's texts."""
        domestic = {country for country in countries if is_domestic(country)}
        if not self._required or not domestic:
            return ()
        return () if await self._exempt(org_id) is None else domestic

    async def _exempt(self, org_id: UUID) -> Collection[str] | None:
        """The senders that need no registration; None where every one of them may text the US."""
        async with self._database.org(org_id) as connection:
            senders = await a2p_campaigns.senders(connection, org_id)
            approved = await a2p_campaigns.is_approved(connection, org_id)
        exempt = {number for number, country in senders if is_exempt(number, country)}
        if approved or (senders and len(exempt) == len(senders)):
            return None
        return exempt
