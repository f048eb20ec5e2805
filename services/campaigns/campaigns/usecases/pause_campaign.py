"""Pause a campaign and hold its pending messages."""

from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import lifecycle
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.common.support.audit import audit


class PauseCampaign:
    """Pauses running campaigns."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch

    async def pause(self, org_id: UUID, campaign_id: UUID) -> Campaign:
        """Pause a running campaign. Nothing more is sent after this method returns.

        Raises:
            CrossOrgAccess: The campaign belongs to another organisation.
            NotFound: The campaign doesn't exist.
            Conflict: The campaign isn't running.
            Unavailable: Messaging can't be reached. The campaign is paused, and a job holds its
                pending messages later.
        """
        async with self._database.org(org_id) as connection:
            paused = await lifecycle.pause(connection, org_id, campaign_id)
            if paused:
                actor = identity.current().user_id
                await audit(connection, "campaign_paused", org_id, campaign_id, actor)
        if paused is None:
            await load_campaign(self._database, org_id, campaign_id)
            raise Conflict("Only a running campaign can be paused.", "campaign_not_running")
        await self._dispatch.hold(campaign_id, held=True, running=False, change=paused.hold_change)
        return paused
