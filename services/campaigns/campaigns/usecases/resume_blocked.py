"""Resume campaigns that paused because their organisation couldn't send anything."""

from functools import partial

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.identity import Identity, acting_as
from servicekit.isolation import JobItems
from services.campaigns.campaigns.domain.reasons import CREDENTIALS_UNREADABLE
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, lifecycle
from services.campaigns.campaigns.storage.campaigns import Blocked
from services.campaigns.common.support.audit import audit


class ResumeBlocked:
    """Resumes campaigns that paused because their organisation couldn't send.

    It asks messaging about each of them repeatedly, because a bus event could get lost.
    """

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch
        self._items = JobItems(database, "campaigns", "resume-blocked")

    async def resume_all(self) -> None:
        """Resume the campaigns whose organisations can send again."""
        async with self._database.system() as connection:
            blocked = await campaigns.blocked(connection, CREDENTIALS_UNREADABLE)
        async with self._items.turn() as turn:
            for campaign in blocked:
                item = Item(str(campaign.id), campaign.org_id)
                await turn.attempt(item, partial(self._resume_if_possible, campaign))

    async def _resume_if_possible(self, campaign: Blocked) -> None:
        with acting_as(Identity("campaigns", org_id=campaign.org_id)):
            outcomes = await self._dispatch.outcomes(campaign.id)
        if outcomes.blocked is None:
            await self._resume(campaign)

    async def _resume(self, campaign: Blocked) -> None:
        async with self._database.org(campaign.org_id) as connection:
            resumed = await lifecycle.resume_after(
                connection,
                campaign.org_id,
                campaign.id,
                CREDENTIALS_UNREADABLE,
                campaign.event_id,
            )
            if resumed:
                await audit(connection, "campaign_resumed", campaign.org_id, campaign.id, None)
