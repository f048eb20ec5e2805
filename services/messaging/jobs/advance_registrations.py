"""Registrations go on by themselves: submissions that were cut off, reviews without an event."""

from collections.abc import Awaitable
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.errors import DomainError
from servicekit.identity import Identity, acting_as
from services.messaging.storage import a2p_brands, a2p_campaigns
from services.messaging.usecases.advance_brand import AdvanceBrand
from services.messaging.usecases.advance_campaign import AdvanceCampaign

log = structlog.get_logger()

_AT_ONCE = 100


class AdvanceRegistrations:
    """Takes every brand and campaign further whose next step is due."""

    def __init__(
        self, database: Database, brands: AdvanceBrand, campaigns: AdvanceCampaign
    ) -> None:
        self._database = database
        self._brands = brands
        self._campaigns = campaigns

    async def __call__(self) -> None:
        """Take them further one by one; what fails is due again in a while."""
        async with self._database.system() as connection:
            brands = await a2p_brands.claim_due(connection, _AT_ONCE)
            campaigns = await a2p_campaigns.claim_due(connection, _AT_ONCE)
        for org_id in brands:
            await self._go_on(org_id, self._brands(org_id))
        for org_id, service_sid in campaigns:
            await self._go_on(org_id, self._campaigns(org_id, service_sid))

    async def _go_on(self, org_id: UUID, work: Awaitable[None]) -> None:
        with acting_as(Identity("messaging", org_id)):
            try:
                await work
            except DomainError as error:
                log.warning("registration_waits", org_id=str(org_id), error=error.code)
