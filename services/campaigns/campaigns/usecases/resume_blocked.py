"""Resume campaigns that paused because nothing of their organisation could be sent."""

from functools import partial
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.identity import Identity, acting_as
from servicekit.isolation import JobItems
from services.campaigns.campaigns.domain.reasons import CREDENTIALS_UNREADABLE
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, lifecycle
from services.campaigns.common.support.audit import audit


class ResumeBlocked:
    """Asks messaging about each of them again and again: an event that says so could get lost."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch
        self._items = JobItems(database, "campaigns", "resume-blocked")

    async def resume_all(self) -> None:
        """Resume those whose organisations can send again."""
        async with self._database.system() as connection:
            blocked = await campaigns.blocked(connection, CREDENTIALS_UNREADABLE)
        async with self._items.turn() as turn:
            for campaign in blocked:
                item = Item(str(campaign["id"]), campaign["org_id"])
                await turn.attempt(item, partial(self._resume, campaign))

    async def _resume(self, campaign: RowMapping) -> None:
        org_id, campaign_id = campaign["org_id"], campaign["id"]
        with acting_as(Identity("campaigns", org_id=org_id)):
            outcomes = await self._dispatch.outcomes(campaign_id)
        if outcomes.blocked is None:
            await self._go_on(org_id, campaign_id, campaign["event_id"])

    async def _go_on(self, org_id: UUID, campaign_id: UUID, event_id: UUID | None) -> None:
        async with self._database.org(org_id) as connection:
            resumed = await lifecycle.resume_after(
                connection, org_id, campaign_id, CREDENTIALS_UNREADABLE, event_id
            )
            if resumed:
                await audit(connection, "campaign_resumed", org_id, campaign_id, None)
