"""Keep texts back that US carriers would refuse: those from numbers without a registration.

Carriers block what comes from an unregistered local number (Twilio's error 30034), and Twilio
charges for it all the same: such a text is refused before it costs money.
"""

import time
from collections.abc import Mapping, Sequence
from uuid import UUID

from servicekit.db.database import Database
from servicekit.phones import country_of
from services.messaging.domain.drafts import Draft
from services.messaging.domain.limits import Refusal
from services.messaging.domain.registered_senders import UNREGISTERED, is_domestic, is_exempt
from services.messaging.storage import a2p_campaigns

_KEPT_SECONDS = 60.0
_KEPT_ORGS = 10_000


class RegisteredSenders:
    """Knows who may text the US. Where registration is not ``required``, everybody may."""

    def __init__(self, database: Database, *, required: bool) -> None:
        self._database = database
        self._required = required
        self._registered: dict[UUID, float] = {}

    async def refusals(self, org_id: UUID, drafts: Sequence[Draft]) -> Mapping[str, Refusal]:
        """The drafts that no number of the organisation can bring to the US, by E.164 number."""
        if not self._required:
            return {}
        domestic = [d.phone for d in drafts if is_domestic(country_of(d.phone))]
        if not domestic or await self._may_text(org_id):
            return {}
        return dict.fromkeys(domestic, UNREGISTERED)

    async def _may_text(self, org_id: UUID) -> bool:
        """Whether it has such a number. That it has is believed for a minute."""
        if time.monotonic() < self._registered.get(org_id, 0.0):
            return True
        async with self._database.org(org_id) as connection:
            senders = await a2p_campaigns.senders(connection, org_id)
            may_text = any(is_exempt(*sender) for sender in senders) or (
                await a2p_campaigns.is_approved(connection, org_id)
            )
        if may_text:
            self._keep(org_id)
        return may_text

    def _keep(self, org_id: UUID) -> None:
        if len(self._registered) >= _KEPT_ORGS:
            self._registered.clear()
        self._registered[org_id] = time.monotonic() + _KEPT_SECONDS
