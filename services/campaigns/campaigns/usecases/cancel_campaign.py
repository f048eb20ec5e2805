"""Cancel a campaign: nothing more is sent, and pending messages are cancelled."""

from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import lifecycle
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.common.support.audit import audit


class CancelCampaign:
    """Cancels campaigns and event messages that are scheduled, running or paused."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch

    async def cancel(
        self, org_id: UUID, campaign_id: UUID, event_id: UUID | None = None
    ) -> Campaign:
        """Cancel a campaign, or a message of the event `event_id`.

        Nothing more is sent after this method returns.

        Raises:
            CrossOrgAccess: The campaign belongs to another organisation.
            NotFound: The campaign doesn't exist.
            Conflict: The status of the campaign doesn't allow it.
            Unavailable: Messaging can't be reached. The campaign is cancelled, and a job cancels
                the pending messages later.
        """
        async with self._database.org(org_id) as connection:
            cancelled = await lifecycle.cancel(connection, org_id, campaign_id, event_id)
            if cancelled is not None:
                actor = identity.current().user_id
                await audit(connection, "campaign_cancelled", org_id, campaign_id, actor)
        if cancelled is None:
            await load_campaign(self._database, org_id, campaign_id, event_id)
            raise Conflict(
                "Only a scheduled, running or paused campaign can be cancelled.",
                "campaign_not_cancellable",
            )
        await self._dispatch.withdraw(campaign_id)
        return cancelled
