"""The job that continues interrupted submissions, and polls reviews whose events are missing."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.identity import Identity, acting_as
from servicekit.isolation import JobItems
from services.messaging.registration.storage import a2p_brands, a2p_campaigns
from services.messaging.registration.usecases.advance_brand import AdvanceBrand
from services.messaging.registration.usecases.advance_campaign import AdvanceCampaign

_AT_ONCE = 100


class AdvanceRegistrations:
    """Advance every brand and A2P campaign whose next step is due."""

    def __init__(
        self, database: Database, brands: AdvanceBrand, campaigns: AdvanceCampaign
    ) -> None:
        self._database = database
        self._brands = brands
        self._campaigns = campaigns
        self._items = JobItems(database, "messaging", "a2p-progress")

    async def run(self) -> None:
        """Advance the due registrations one by one.

        A registration that fails is due again later.
        """
        async with self._database.system() as connection:
            brands = await a2p_brands.claim_due(connection, _AT_ONCE)
            campaigns = await a2p_campaigns.claim_due(connection, _AT_ONCE)
        async with self._items.turn() as turn:
            for org_id in brands:
                brand = Item(f"brand of {org_id}", org_id)
                advance = partial(self._brands.advance, org_id)
                await turn.attempt(brand, partial(_act, org_id, advance))
            for org_id, service_sid in campaigns:
                campaign = Item(f"campaign of {service_sid}", org_id)
                advance = partial(self._campaigns.advance, org_id, service_sid)
                await turn.attempt(campaign, partial(_act, org_id, advance))


async def _act(org_id: UUID, work: Callable[[], Awaitable[None]]) -> None:
    with acting_as(Identity("messaging", org_id)):
        await work()
