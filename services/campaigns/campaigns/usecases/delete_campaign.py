"""Delete a campaign that isn't being sent."""

from contextlib import suppress
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import Conflict, Unavailable
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, deferred
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.common.support.audit import audit


class DeleteCampaign:
    """Soft-deletes campaigns."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch

    async def delete(self, org_id: UUID, campaign_id: UUID, if_version: int | None = None) -> None:
        """Delete a campaign. Messaging refunds messages that a planner submits at this moment.

        Raises:
            CrossOrgAccess: The campaign belongs to another organisation.
            NotFound: The campaign doesn't exist.
            Conflict: The campaign is running, or it is paused and has messages that are charged but
                not sent. After the deletion these messages would be neither sent nor refunded.
            PreconditionFailed: The campaign has changed since `if_version`.
        """
        campaign = await load_campaign(self._database, org_id, campaign_id)
        if campaign.status == "paused":
            await self._require_nothing_pending(campaign_id)
        if not await self._delete(org_id, campaign_id, if_version):
            await load_campaign(self._database, org_id, campaign_id)
            message = "A running campaign can't be deleted. Pause or cancel it first."
            raise Conflict(message, "campaign_running")
        if campaign.status == "paused":
            # Its messages are held. If messaging can't be reached, the job cancels them later.
            with suppress(Unavailable):
                await self._dispatch.withdraw(campaign_id)

    async def _delete(self, org_id: UUID, campaign_id: UUID, if_version: int | None) -> bool:
        async with self._database.org(org_id) as connection:
            found = await campaigns.find(connection, org_id, campaign_id, lock=True)
            if found is not None:
                require_version(found.versions, if_version)
            deleted = await campaigns.delete(connection, org_id, campaign_id)
            if deleted:
                await deferred.delete_all(connection, org_id, campaign_id)
                actor = identity.current().user_id
                await audit(connection, "campaign_deleted", org_id, campaign_id, actor)
        return deleted

    async def _require_nothing_pending(self, campaign_id: UUID) -> None:
        outcomes = await self._dispatch.outcomes(campaign_id)
        if outcomes.unsettled:
            raise Conflict(
                f"{outcomes.unsettled} messages of this campaign are paid for but not sent. Cancel"
                " the campaign to get a refund, or resume it and delete it later.",
                "campaign_running",
            )
